{{ config(materialized='table') }}

-- A raw table's changes are known row by row where what was seen last time plus what was written since is all there is
-- now. A row that was deleted, or one that a slower transaction brought in late, breaks the sum.
with seen as (
    select * from {{ ref('stg_conso__transform_seen') }}
),

rows_of_tables as (
    {%- for table, staged, _ in long_histories() %}
        select
            '{{ table }}' as table_name,
            row_xid
        from {{ ref(staged) }}
        union all
    {%- endfor %}
    select
        'public_holidays' as table_name,
        row_xid
    from {{ ref('stg_etalab__public_holidays') }}
    union all
    select
        'school_holidays' as table_name,
        row_xid
    from {{ ref('stg_education_nationale__school_holidays') }}
),

now_there as (
    select
        rows_of_tables.table_name,
        count(*) as row_count,
        sum(rows_of_tables.row_xid)::numeric as xid_sum,
        max(rows_of_tables.row_xid) as xid_max,
        count(*) filter (where rows_of_tables.row_xid > coalesce(seen.xid_max, 0)) as new_row_count,
        coalesce(
            sum(rows_of_tables.row_xid) filter (where rows_of_tables.row_xid > coalesce(seen.xid_max, 0)), 0
        )::numeric as new_xid_sum
    from rows_of_tables
    left join seen on rows_of_tables.table_name = seen.table_name
    group by rows_of_tables.table_name
),

tables as (
    -- A table that holds nothing has a row as well: it may have held something before.
    select listed.table_name
    from (
        values
        ('odre_national_load'), ('entsoe_total_load'), ('open_meteo_weather'), ('epex_day_ahead_price'),
        ('public_holidays'), ('school_holidays')
    ) as listed (table_name)
),

judged as (
    select
        tables.table_name,
        coalesce(now_there.row_count, 0) as row_count,
        coalesce(now_there.xid_sum, 0) as xid_sum,
        coalesce(now_there.xid_max, 0) as xid_max,
        coalesce(now_there.new_row_count, 0) as new_row_count,
        coalesce(now_there.new_xid_sum, 0) as new_xid_sum
    from tables
    left join now_there on tables.table_name = now_there.table_name
)

select
    judged.table_name,
    judged.row_count,
    judged.xid_sum,
    judged.xid_max,
    judged.new_row_count,
    {% if flags.FULL_REFRESH %}true{% else %}false{% endif %}
    or seen.table_name is null
    or judged.row_count - judged.new_row_count <> seen.row_count
    or judged.xid_sum - judged.new_xid_sum <> seen.xid_sum
    -- A calendar that changed at all may change any day.
    or (judged.table_name like '%holidays' and judged.new_row_count > 0) as is_whole
from judged
left join seen on judged.table_name = seen.table_name
