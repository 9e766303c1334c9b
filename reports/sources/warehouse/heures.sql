-- The last 400 days and the two to come, hour by hour; a value that was not known at the clock is missing.
select
    n.hour_start_paris,
    n.date_paris,
    n.hour_paris,
    n.is_repeated_hour,
    n.load_mw,
    n.load_status,
    n.energy_mwh,
    case when n.load_realtime_known_at_utc <= c.clock_utc then n.load_realtime_mw end as load_realtime_mw,
    case when n.forecast_rte_d1_known_at_utc <= c.clock_utc then n.forecast_rte_d1_mw end as forecast_rte_d1_mw,
    case when n.price_known_at_utc <= c.clock_utc then n.price_eur_per_mwh end as price_eur_per_mwh,
    n.price_product_minutes,
    n.temperature_c,
    n.weather_cities
from marts.fct_national_hourly as n
cross join (select max(clock_utc) as clock_utc from marts.mart_source_freshness) as c
where n.hour_start_utc >= c.clock_utc - interval '400 days' and n.hour_start_utc < c.clock_utc + interval '3 days'
order by n.hour_start_utc
