-- Forecasts that were issued and whose day had been observed at the clock: one row per model and day.
select
    f.model_name,
    f.date_paris,
    max(f.issued_at_utc) at time zone 'Europe/Paris' as issued_at_paris,
    count(*) as hours,
    avg(abs(f.error_mw)) as mae_mw,
    avg(abs(f.error_rte_d1_mw)) as mae_rte_d1_mw,
    avg(case when f.observed_mw between f.p10_mw and f.p90_mw then 1.0 else 0.0 end)::double precision as coverage,
    bool_or(f.degraded is not null) as is_degraded
from marts.fct_forecast as f
inner join marts.fct_national_hourly as n on n.hour_start_utc = f.target_start_utc
where f.observed_mw is not null
    and n.load_realtime_known_at_utc <= (select max(clock_utc) from marts.mart_source_freshness)
group by f.model_name, f.date_paris
order by f.date_paris, f.model_name
