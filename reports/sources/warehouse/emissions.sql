-- Forecasts that were issued and whose day has been observed since: one row per model and day.
select
    model_name,
    date_paris,
    max(issued_at_utc) at time zone 'Europe/Paris' as issued_at_paris,
    count(*) as hours,
    avg(abs(error_mw)) as mae_mw,
    avg(abs(error_rte_d1_mw)) as mae_rte_d1_mw,
    avg(case when observed_mw between p10_mw and p90_mw then 1.0 else 0.0 end)::double precision as coverage,
    bool_or(degraded is not null) as is_degraded
from marts.fct_forecast
where observed_mw is not null
group by model_name, date_paris
order by date_paris, model_name
