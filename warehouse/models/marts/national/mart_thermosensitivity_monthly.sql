{{ config(materialized='table') }}

-- Working days that are known whole: weekends and holidays stand at another level, which would pass for weather.
with days as (
    select
        date_trunc('month', date_paris)::date as month_start_paris,
        date_paris,
        load_mw,
        temperature_c,
        is_synthetic
    from {{ ref('fct_national_daily') }}
    where
        is_complete
        and temperature_hours = day_hours
        and iso_weekday <= 5
        and is_public_holiday is not true
        and is_bridge_day is not true
)

select
    month_start_paris,
    count(*)::integer as days,
    round(regr_slope(load_mw, temperature_c order by date_paris)::numeric, 6)::double precision as slope_mw_per_c,
    round(regr_intercept(load_mw, temperature_c order by date_paris)::numeric, 6)::double precision as load_at_0_c_mw,
    round(regr_r2(load_mw, temperature_c order by date_paris)::numeric, 6)::double precision as r2,
    avg(temperature_c order by date_paris) as temperature_c,
    avg(load_mw order by date_paris) as load_mw,
    bool_or(is_synthetic) as is_synthetic
from days
group by month_start_paris
-- A slope through a handful of days says nothing.
having count(*) >= 10
order by month_start_paris
