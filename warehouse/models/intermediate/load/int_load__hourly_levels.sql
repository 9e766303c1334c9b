with eco2mix as (
    select * from {{ ref('int_load__hourly') }}
),

entsoe as (
    select * from {{ ref('int_entsoe__load_hourly') }}
)

select
    coalesce(eco2mix.hour_start_utc, entsoe.hour_start_utc) as hour_start_utc,
    eco2mix.load_mw,
    eco2mix.load_status,
    coalesce(eco2mix.load_steps, 0) as load_steps,
    eco2mix.energy_mwh,
    eco2mix.load_definitive_mw,
    coalesce(entsoe.actual_mw, eco2mix.load_realtime_mw) as load_realtime_mw,
    case
        when entsoe.actual_mw is not null then entsoe.actual_known_at_utc
        else eco2mix.load_realtime_known_at_utc
    end as load_realtime_known_at_utc,
    coalesce(entsoe.forecast_d1_mw, eco2mix.forecast_d1_mw) as forecast_rte_d1_mw,
    case
        when entsoe.forecast_d1_mw is not null then entsoe.forecast_d1_known_at_utc
        -- éCO2mix repeats the J-1 forecast in the rows of the day itself: it was published by the timetable's hour.
        when eco2mix.forecast_d1_mw is not null then {{ paris_day_before('eco2mix.hour_start_utc', '10:00') }}
    end as forecast_rte_d1_known_at_utc,
    eco2mix.forecast_d_mw as forecast_rte_d_mw,
    coalesce(eco2mix.is_synthetic, false) or coalesce(entsoe.is_synthetic, false) as is_synthetic
from eco2mix
full join entsoe on eco2mix.hour_start_utc = entsoe.hour_start_utc
