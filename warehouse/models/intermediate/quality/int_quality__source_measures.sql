{{ config(materialized='table') }}

with measures as (
    {{ source_measure(
        'odre_national_load', 'odre_national_load', ref('stg_odre__national_load'),
        'interval_start_utc', 'load_mw is not null'
    ) }}
    union all
    {{ source_measure(
        'entsoe_total_load', 'entsoe_total_load', ref('stg_entsoe__total_load'),
        'interval_start_utc', 'load_mw is not null', "quantity = 'actual'"
    ) }}
    union all
    {{ source_measure(
        'entsoe_day_ahead_forecast', 'entsoe_total_load', ref('stg_entsoe__total_load'),
        'interval_start_utc', 'load_mw is not null', "quantity = 'day_ahead_forecast'"
    ) }}
    union all
    {{ source_measure(
        'open_meteo_weather', 'open_meteo_weather', ref('stg_open_meteo__weather'),
        'hour_start_utc', 'temperature_c is not null'
    ) }}
    union all
    {{ source_measure(
        'epex_day_ahead_price', 'epex_day_ahead_price', ref('stg_epex__day_ahead_price'),
        'delivery_start_utc', 'price_eur_per_mwh is not null'
    ) }}
    union all
    select
        'public_holidays' as source,
        'public_holidays' as table_name,
        {{ paris_day_start('max(date_paris)') }} as last_measure_at_utc,
        max(retrieved_at_utc) as last_retrieved_at_utc,
        count(*) as rows_loaded,
        bool_or(is_synthetic) as is_synthetic
    from {{ ref('stg_etalab__public_holidays') }}
    union all
    select
        'school_holidays' as source,
        'school_holidays' as table_name,
        {{ paris_day_start('max(start_date_paris)') }} as last_measure_at_utc,
        max(retrieved_at_utc) as last_retrieved_at_utc,
        count(*) as rows_loaded,
        bool_or(is_synthetic) as is_synthetic
    from {{ ref('stg_education_nationale__school_holidays') }}
),

quarantine as (
    select
        table_name,
        count(*) as rows_quarantined
    from {{ ref('stg_conso__quarantine') }}
    group by table_name
),

warehouse as (
    select coalesce(bool_or(world = 'demo'), false) as is_synthetic
    from {{ ref('stg_conso__warehouse') }}
)

select
    measures.source,
    measures.last_measure_at_utc,
    measures.last_retrieved_at_utc,
    measures.rows_loaded,
    -- Of the raw table: ENTSO-E's two sources share a file, and a refused row is one of both.
    coalesce(quarantine.rows_quarantined, 0) as rows_quarantined,
    coalesce(measures.is_synthetic, warehouse.is_synthetic) as is_synthetic
from measures
cross join warehouse
left join quarantine on measures.table_name = quarantine.table_name
