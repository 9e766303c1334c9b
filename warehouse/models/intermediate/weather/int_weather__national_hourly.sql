{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}},
    indexes=[{'columns': ['hour_start_utc']}]
) }}

select
    weather.hour_start_utc,
    {{ weighted_mean('weather.temperature_c', 'weights.population', 'weather.city') }} as temperature_c,
    {{ weighted_mean('weather.cloud_cover_pct', 'weights.population', 'weather.city') }} as cloud_cover_pct,
    {{ weighted_mean('weather.wind_speed_km_per_h', 'weights.population', 'weather.city') }} as wind_speed_km_per_h,
    {{ weighted_mean('weather.relative_humidity_pct', 'weights.population', 'weather.city') }} as relative_humidity_pct,
    {{ weighted_mean('weather.precipitation_mm', 'weights.population', 'weather.city') }} as precipitation_mm,
    max(weather.known_at_utc) as known_at_utc,
    count(*)::integer as cities,
    bool_or(weather.is_synthetic) as is_synthetic
from {{ ref('int_weather__city_hourly') }} as weather
inner join {{ ref('weather_city_populations') }} as weights on weather.city = weights.city
{{ only_changed('weather.hour_start_utc', 'hour') }}
group by weather.hour_start_utc
