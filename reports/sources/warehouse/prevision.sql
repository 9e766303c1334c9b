-- The newest forecast of each model that had been issued at the clock, hour by hour, with what it is compared to.
with clock as (select max(clock_utc) as clock_utc from marts.mart_source_freshness),
newest as (
    select f.model_name, max(f.issued_at_utc) as issued_at_utc
    from marts.fct_forecast as f cross join clock as c
    where f.issued_at_utc <= c.clock_utc
    group by f.model_name
)
select
    f.model_name,
    f.model_version,
    f.issued_at_utc at time zone 'Europe/Paris' as issued_at_paris,
    f.date_paris,
    n.hour_start_paris,
    n.hour_paris,
    n.is_repeated_hour,
    row_number() over (partition by f.model_name order by f.target_start_utc)::integer as rank,
    f.p10_mw,
    f.p50_mw,
    f.p90_mw,
    f.degraded,
    case when n.forecast_rte_d1_known_at_utc <= c.clock_utc then n.forecast_rte_d1_mw end as forecast_rte_d1_mw,
    w.load_realtime_mw as load_last_week_mw
from marts.fct_forecast as f
inner join newest using (model_name, issued_at_utc)
inner join marts.fct_national_hourly as n on n.hour_start_utc = f.target_start_utc
left join marts.fct_national_hourly as w
    on w.hour_start_paris = n.hour_start_paris - interval '7 days' and w.is_repeated_hour = n.is_repeated_hour
cross join clock as c
order by f.model_name, f.target_start_utc
