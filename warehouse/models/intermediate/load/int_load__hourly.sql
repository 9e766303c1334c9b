{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}},
    indexes=[{'columns': ['hour_start_utc']}]
) }}

with half_hours as (
    select
        {{ utc_hour('half_hour_start_utc') }} as hour_start_utc,
        half_hour_start_utc,
        load_mw,
        load_realtime_mw,
        load_realtime_known_at_utc,
        load_definitive_mw,
        forecast_d1_mw,
        forecast_d_mw,
        is_synthetic,
        {{ load_status_rank('status') }} as status_rank
    from {{ ref('int_load__half_hourly') }}
    {{ only_changed('half_hour_start_utc', 'half_hour') }}
),

hours as (
    select
        hour_start_utc,
        avg(load_mw order by half_hour_start_utc) as load_mw,
        count(load_mw)::integer as load_steps,
        -- Energy is power times step: an hour of which one half is missing has the energy of the other half only.
        sum(load_mw order by half_hour_start_utc) * 0.5 as energy_mwh,
        -- An hour is as final as the less final of its halves.
        max(status_rank) as status_rank,
        case when count(load_realtime_mw) = 2 then avg(load_realtime_mw order by half_hour_start_utc) end
            as load_realtime_mw,
        case when count(load_realtime_mw) = 2 then max(load_realtime_known_at_utc) end as load_realtime_known_at_utc,
        case when count(load_definitive_mw) = 2 then avg(load_definitive_mw order by half_hour_start_utc) end
            as load_definitive_mw,
        case when count(forecast_d1_mw) = 2 then avg(forecast_d1_mw order by half_hour_start_utc) end as forecast_d1_mw,
        case when count(forecast_d_mw) = 2 then avg(forecast_d_mw order by half_hour_start_utc) end as forecast_d_mw,
        bool_or(is_synthetic) as is_synthetic
    from half_hours
    group by hour_start_utc
)

select
    hour_start_utc,
    load_mw,
    load_steps,
    energy_mwh,
    case status_rank when 1 then 'definitive' when 2 then 'consolidee' when 3 then 'temps_reel' end as load_status,
    load_realtime_mw,
    load_realtime_known_at_utc,
    load_definitive_mw,
    forecast_d1_mw,
    forecast_d_mw,
    is_synthetic
from hours
