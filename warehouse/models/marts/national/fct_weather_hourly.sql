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
order by city, hour_start_utc
