{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}}
) }}

with hours as (
    select * from {{ ref('int_calendar__hours') }}
),

levels as (
    select * from {{ ref('int_load__hourly_levels') }}
),

prices as (
    select * from {{ ref('int_price__hourly') }}
),

weather as (
    select * from {{ ref('int_weather__national_hourly') }}
),

generation as (
    select * from {{ ref('int_generation__hourly') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

warehouse as (
    select coalesce(bool_or(world = 'demo'), false) as is_synthetic from {{ ref('stg_conso__warehouse') }}
)

select
    hours.hour_start_utc,
    hours.hour_start_paris,
    hours.date_paris,
    hours.hour_paris,
    hours.utc_offset_hours,
    hours.is_repeated_hour,
    levels.load_mw,
    levels.load_status,
    coalesce(levels.load_steps, 0) as load_steps,
    levels.energy_mwh,
    levels.load_realtime_mw,
    levels.load_realtime_known_at_utc,
    levels.forecast_rte_d1_mw,
    levels.forecast_rte_d1_known_at_utc,
    levels.forecast_rte_d_mw,
    prices.price_eur_per_mwh,
    prices.product_minutes as price_product_minutes,
    prices.known_at_utc as price_known_at_utc,
    weather.temperature_c,
    weather.cloud_cover_pct,
    weather.wind_speed_km_per_h,
    weather.relative_humidity_pct,
    weather.precipitation_mm,
    weather.known_at_utc as weather_known_at_utc,
    coalesce(weather.cities, 0) as weather_cities,
    days.is_public_holiday,
    days.public_holiday_name,
    days.is_bridge_day,
    days.is_school_holiday_zone_a,
    days.is_school_holiday_zone_b,
    days.is_school_holiday_zone_c,
    days.school_holiday_zones,
    days.day_hours,
    warehouse.is_synthetic
    or coalesce(levels.is_synthetic, false)
    or coalesce(prices.is_synthetic, false)
    or coalesce(weather.is_synthetic, false) as is_synthetic,
    levels.load_definitive_mw,
    generation.generation_status,
    {%- for column in mix_columns() %}
        generation.{{ column }},
    {%- endfor %}
    generation.generation_mw
from hours
cross join warehouse
left join levels on hours.hour_start_utc = levels.hour_start_utc
left join prices on hours.hour_start_utc = prices.hour_start_utc
left join weather on hours.hour_start_utc = weather.hour_start_utc
left join generation on hours.hour_start_utc = generation.hour_start_utc
left join days on hours.date_paris = days.date_paris
{%- if follows_changes() %}
where
    {{ is_changed('hours.hour_start_utc', 'hour') }}
    or hours.hour_start_utc not in (select built.hour_start_utc from {{ this }} as built)
{%- endif %}
order by hours.hour_start_utc
