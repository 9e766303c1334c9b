with forecasts as (
    select * from {{ ref('stg_conso__forecast') }}
),

hours as (
    select * from {{ ref('fct_national_hourly') }}
)

select
    forecasts.target_start_utc,
    forecasts.issued_at_utc,
    forecasts.model_name,
    forecasts.model_version,
    extract(epoch from forecasts.target_start_utc - forecasts.issued_at_utc)::double precision / 3600 as horizon_hours,
    {{ paris_date('forecasts.target_start_utc') }} as date_paris,
    forecasts.p10_mw,
    forecasts.p50_mw,
    forecasts.p90_mw,
    forecasts.degraded,
    hours.load_realtime_mw as observed_mw,
    hours.forecast_rte_d1_mw,
    forecasts.p50_mw - hours.load_realtime_mw as error_mw,
    hours.forecast_rte_d1_mw - hours.load_realtime_mw as error_rte_d1_mw,
    forecasts.is_synthetic
from forecasts
left join hours on forecasts.target_start_utc = hours.hour_start_utc
order by forecasts.target_start_utc, forecasts.issued_at_utc, forecasts.model_name
