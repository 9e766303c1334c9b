with half_hours as (
    select * from {{ ref('int_load__half_hourly') }}
    where load_mw is not null
)

select
    half_hour_start_utc as interval_start_utc,
    {{ paris_time('half_hour_start_utc') }} as interval_start_paris,
    {{ paris_date('half_hour_start_utc') }} as date_paris,
    load_mw,
    status,
    step_minutes,
    load_realtime_mw,
    known_at_utc,
    revisions,
    is_synthetic
from half_hours
order by half_hour_start_utc
