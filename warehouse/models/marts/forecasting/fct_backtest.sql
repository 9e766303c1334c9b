with current_runs as (
    -- One run is current; should there be more of them, the one that reaches furthest.
    select backtest_id
    from {{ ref('stg_conso__backtest_run') }}
    where is_current
    order by last_target_utc desc, backtest_id
    limit 1
),

forecasts as (
    select forecasts.*
    from {{ ref('stg_conso__backtest_forecast') }} as forecasts
    inner join current_runs on forecasts.backtest_id = current_runs.backtest_id
)

select
    model_name,
    target_start_utc,
    issued_at_utc,
    {{ paris_date('target_start_utc') }} as date_paris,
    extract(hour from {{ paris_time('target_start_utc') }})::integer as hour_paris,
    p10_mw,
    p50_mw,
    p90_mw,
    observed_mw,
    p50_mw - observed_mw as error_mw,
    observed_mw between p10_mw and p90_mw as is_covered
from forecasts
order by model_name, target_start_utc
