{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'date_paris', 'grain': 'date'}}
) }}

with hours as (
    select * from {{ ref('fct_national_hourly') }}
    {{ only_changed('date_paris', 'date') }}
),

days as (
    select
        date_paris,
        min(day_hours) as day_hours,
        count(load_mw)::integer as hours,
        sum(load_steps)::integer as load_steps,
        sum(energy_mwh order by hour_start_utc) as energy_mwh,
        max(load_mw) as load_peak_mw,
        min(load_mw) as load_min_mw,
        (array_agg(hour_start_utc order by load_mw desc nulls last, hour_start_utc))[1] as peak_hour_start_utc,
        (array_agg(hour_start_utc order by load_mw asc nulls last, hour_start_utc))[1] as min_hour_start_utc,
        avg(load_realtime_mw order by hour_start_utc) as load_realtime_mw,
        avg(abs(forecast_rte_d1_mw - load_realtime_mw) order by hour_start_utc) as forecast_rte_d1_mae_mw,
        avg(temperature_c order by hour_start_utc) as temperature_c,
        count(temperature_c)::integer as temperature_hours,
        avg(price_eur_per_mwh order by hour_start_utc) as price_eur_per_mwh,
        avg(co2_rate_g_per_kwh order by hour_start_utc) as co2_rate_g_per_kwh,
        bool_or(is_public_holiday) as is_public_holiday,
        bool_or(is_bridge_day) as is_bridge_day,
        max(school_holiday_zones) as school_holiday_zones,
        bool_or(is_synthetic) as is_synthetic
    from hours
    group by date_paris
)

select
    date_paris,
    day_hours,
    hours,
    load_steps,
    load_steps = 2 * day_hours as is_complete,
    energy_mwh,
    -- Energy over time: a half-hour that is missing does not weigh as one of no load.
    energy_mwh / (load_steps * 0.5) as load_mw,
    load_peak_mw,
    peak_hour_start_utc,
    load_min_mw,
    min_hour_start_utc,
    load_realtime_mw,
    forecast_rte_d1_mae_mw,
    temperature_c,
    temperature_hours,
    price_eur_per_mwh,
    co2_rate_g_per_kwh,
    extract(isodow from date_paris)::integer as iso_weekday,
    is_public_holiday,
    is_bridge_day,
    school_holiday_zones,
    is_synthetic
from days
where load_steps > 0
order by date_paris
