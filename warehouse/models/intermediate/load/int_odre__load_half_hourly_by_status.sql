{{ config(materialized='table') }}

-- The test quarantined_values_do_not_leak reads the quarantine as well: dbt lets a test hold back only what depends on
-- everything that the test reads.
-- depends_on: {{ ref('stg_conso__quarantine') }}

{%- set key = ['dataset', 'status', 'interval_start_utc'] %}

with newest as (
    select * from {{ as_of(ref('stg_odre__national_load'), key=key) }} as versions
)

select * from {{ load_half_hours('newest') }} as half_hours
