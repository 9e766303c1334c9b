{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}},
    indexes=[{'columns': ['hour_start_utc']}]
) }}

-- The version that a forecaster of the day ahead had: the newest one known at 12:00 Paris on the day before; where none
-- was known by then, the newest one since.
select distinct on (city, hour_start_utc)
    city,
    hour_start_utc,
    weather_kind,
    temperature_c,
    cloud_cover_pct,
    wind_speed_km_per_h,
    relative_humidity_pct,
    precipitation_mm,
    known_at_utc,
    is_synthetic
from {{ ref('stg_open_meteo__weather') }}
where
    temperature_c is not null
{{ only_changed('hour_start_utc', 'hour', word='and') }}
order by
    city,
    hour_start_utc,
    known_at_utc > {{ paris_day_before('hour_start_utc', '12:00') }},
    known_at_utc desc,
    weather_kind,
    row_hash
