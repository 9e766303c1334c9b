{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}},
    indexes=[{'columns': ['hour_start_utc']}]
) }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}}
) }}

with newest as (
    select *
    from {{ as_of(
        ref('stg_epex__day_ahead_price'),
        key=['product_minutes', 'delivery_start_utc'],
        where=only_changed('delivery_start_utc', 'instant', word='')
    ) }} as newest_versions
)

select * from {{ price_hours('newest') }} as prices
