{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}},
    indexes=[{'columns': ['hour_start_utc']}],
    post_hook='{{ create_weather_as_of() }}'
) }}

select
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
from {{ ref('int_weather__city_hourly') }}
{{ only_changed('hour_start_utc', 'hour') }}
order by city, hour_start_utc
