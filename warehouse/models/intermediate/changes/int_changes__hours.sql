-- depends_on: {{ ref('int_changes__tables') }}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

-- Where the last build failed, its hours are still to be done: they stay in the table until a whole build empties it.
{%- set before = load_relation(this) if execute else none %}
with seen as (
    select * from {{ ref('stg_conso__transform_seen') }}
),

changed as (
    {%- for table, staged, instant in long_histories() %}
        select {{ utc_hour('loads.' ~ instant) }} as hour_start_utc
        from {{ ref(staged) }} as loads
        inner join seen on seen.table_name = '{{ table }}'
        where loads.row_xid > seen.xid_max
        {{ 'union all' if before or not loop.last }}
    {%- endfor %}
    {%- if before %}
        select hour_start_utc from {{ before }}
    {%- endif %}
)

select distinct hour_start_utc from changed
