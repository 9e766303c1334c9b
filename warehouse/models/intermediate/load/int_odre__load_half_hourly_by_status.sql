{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'half_hour_start_utc', 'grain': 'half_hour'}},
    indexes=[{'columns': ['half_hour_start_utc']}]
) }}

-- The test quarantined_values_do_not_leak reads the quarantine as well: dbt lets a test hold back only what depends on
-- everything that the test reads.
-- depends_on: {{ ref('stg_conso__quarantine') }}

with newest as (
    select *
    from {{ as_of(
        ref('stg_odre__national_load'),
        key=['dataset', 'status', 'interval_start_utc'],
        where=only_changed('interval_start_utc', 'instant', word='')
    ) }} as newest_versions
)

select * from {{ load_half_hours('newest') }} as half_hours
