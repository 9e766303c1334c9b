{{ config(materialized='table') }}

{%- set key = ['dataset', 'status', 'interval_start_utc'] %}

with newest as (
    select * from {{ as_of(ref('stg_odre__national_load'), key=key) }} as versions
)

select * from {{ load_half_hours('newest') }} as half_hours
