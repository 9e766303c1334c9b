{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'half_hour_start_utc', 'grain': 'half_hour'}},
    indexes=[{'columns': ['half_hour_start_utc']}]
) }}

with half_hours as (
    select * from {{ ref('int_odre__load_half_hourly_by_status') }}
    {{ only_changed('half_hour_start_utc', 'half_hour') }}
),

instants as (
    select
        half_hour_start_utc,
        bool_or(is_synthetic) as is_synthetic
    from half_hours
    where load_mw is not null or forecast_d1_mw is not null or forecast_d_mw is not null
    group by half_hour_start_utc
),

final_loads as (
    select * from {{ final_load('half_hours') }} as final_load
),

realtime_loads as (
    select distinct on (half_hour_start_utc)
        half_hour_start_utc,
        load_mw,
        known_at_utc
    from half_hours
    where status = 'temps_reel' and load_mw is not null
    order by half_hour_start_utc, known_at_utc desc, dataset
),

definitive_loads as (
    select distinct on (half_hour_start_utc)
        half_hour_start_utc,
        load_mw
    from half_hours
    where status = 'definitive' and load_mw is not null
    order by half_hour_start_utc, known_at_utc desc, dataset
),

-- Each of RTE's two forecasts from the most final set that has it: one set may have the one and lack the other.
d1_forecasts as (
    select distinct on (half_hour_start_utc)
        half_hour_start_utc,
        forecast_d1_mw
    from half_hours
    where forecast_d1_mw is not null
    order by half_hour_start_utc, {{ load_status_rank('status') }}, dataset
),

d_forecasts as (
    select distinct on (half_hour_start_utc)
        half_hour_start_utc,
        forecast_d_mw
    from half_hours
    where forecast_d_mw is not null
    order by half_hour_start_utc, {{ load_status_rank('status') }}, dataset
),

versions as (
    select
        dataset,
        status,
        interval_start_utc,
        count(*) as versions
    from {{ ref('stg_odre__national_load') }}
    where load_mw is not null {{ only_changed('interval_start_utc', 'instant', word='and') }}
    group by dataset, status, interval_start_utc
),

versions_per_status as (
    -- The two quarters of a half-hour are published together: that is one version, not two.
    select
        {{ utc_half_hour('interval_start_utc') }} as half_hour_start_utc,
        max(versions) as versions
    from versions
    group by dataset, status, {{ utc_half_hour('interval_start_utc') }}
),

revisions as (
    select
        half_hour_start_utc,
        sum(versions)::integer as revisions
    from versions_per_status
    group by half_hour_start_utc
)

select
    instants.half_hour_start_utc,
    final_loads.load_mw,
    final_loads.status,
    final_loads.step_minutes,
    final_loads.known_at_utc,
    realtime_loads.load_mw as load_realtime_mw,
    realtime_loads.known_at_utc as load_realtime_known_at_utc,
    definitive_loads.load_mw as load_definitive_mw,
    d1_forecasts.forecast_d1_mw,
    d_forecasts.forecast_d_mw,
    coalesce(revisions.revisions, 0) as revisions,
    instants.is_synthetic
from instants
left join final_loads on instants.half_hour_start_utc = final_loads.half_hour_start_utc
left join realtime_loads on instants.half_hour_start_utc = realtime_loads.half_hour_start_utc
left join definitive_loads on instants.half_hour_start_utc = definitive_loads.half_hour_start_utc
left join d1_forecasts on instants.half_hour_start_utc = d1_forecasts.half_hour_start_utc
left join d_forecasts on instants.half_hour_start_utc = d_forecasts.half_hour_start_utc
left join revisions on instants.half_hour_start_utc = revisions.half_hour_start_utc
