-- The current backtest, hour by hour; the level observed is that of the real-time load.
select
    model_name,
    target_start_utc at time zone 'UTC' as target_start_utc,
    date_paris,
    hour_paris,
    p50_mw,
    p90_mw - p10_mw as band_mw,
    observed_mw,
    error_mw,
    is_covered
from marts.fct_backtest
where observed_mw is not null
order by model_name, target_start_utc
