-- depends_on: {{ ref('int_changes__tables') }}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

-- Where the last build failed, its hours are still to be done: they stay in the table until a whole build empties it.
{%- set before = load_relation(this) if execute else none %}
with seen as (
    select * from {{ ref('stg_conso__transform_seen') }}
),

{% for table, staged, instant in long_histories() %}
{{ table }} as (
    select {{ utc_hour('loads.' ~ instant) }} as hour_start_utc
    from {{ ref(staged) }} as loads
    inner join seen on seen.table_name = '{{ table }}'
    where loads.row_xid > seen.xid_max
),

{% endfor -%}
changed as (
    {% for table, _, _ in long_histories() -%}
    select * from {{ table }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {% if before -%}
    union all
    select * from {{ before }}
    {%- endif %}
)

select distinct hour_start_utc from changed
