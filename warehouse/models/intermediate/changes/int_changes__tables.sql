{{ config(materialized='table') }}

-- A raw table's changes are known row by row where what was seen last time plus what was written since is all there is
-- now. A row that was deleted, or one that a slower transaction brought in late, breaks the sum.
with seen as (
    select * from {{ ref('stg_conso__transform_seen') }}
),

{% for table, staged, _ in long_histories() %}
{{ table }} as (
    select
        '{{ table }}' as table_name,
        count(*) as row_count,
        coalesce(sum(loads.row_xid), 0)::numeric as xid_sum,
        coalesce(max(loads.row_xid), 0) as xid_max,
        count(*) filter (where loads.row_xid > coalesce(seen.xid_max, 0)) as new_row_count,
        coalesce(sum(loads.row_xid) filter (where loads.row_xid > coalesce(seen.xid_max, 0)), 0)::numeric as new_xid_sum
    from {{ ref(staged) }} as loads
    left join seen on seen.table_name = '{{ table }}'
),

{% endfor -%}
calendars as (
    select
        'public_holidays' as table_name,
        count(*) as row_count,
        coalesce(sum(row_xid), 0)::numeric as xid_sum,
        coalesce(max(row_xid), 0) as xid_max
    from {{ ref('stg_etalab__public_holidays') }}
    union all
    select
        'school_holidays' as table_name,
        count(*) as row_count,
        coalesce(sum(row_xid), 0)::numeric as xid_sum,
        coalesce(max(row_xid), 0) as xid_max
    from {{ ref('stg_education_nationale__school_holidays') }}
),

now_there as (
    {% for table, _, _ in long_histories() -%}
    select * from {{ table }}
    union all
    {% endfor -%}
    -- A calendar that changed at all may change any day.
    select
        *,
        0 as new_row_count,
        0 as new_xid_sum
    from calendars
)

select
    now_there.table_name,
    now_there.row_count,
    now_there.xid_sum,
    now_there.xid_max,
    now_there.new_row_count,
    {% if flags.FULL_REFRESH -%}
    true as is_whole
    {%- else -%}
    seen.table_name is null
    or now_there.row_count - now_there.new_row_count <> seen.row_count
    or now_there.xid_sum - now_there.new_xid_sum <> seen.xid_sum as is_whole
    {%- endif %}
from now_there
left join seen on now_there.table_name = seen.table_name
