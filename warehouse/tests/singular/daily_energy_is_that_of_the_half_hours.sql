-- The energy of each day is the one of its half-hours, none missing and none counted twice.
with half_hourly as (
    select
        date_paris,
        sum(load_mw) * 0.5 as energy_mwh,
        count(*) as load_steps
    from {{ ref('fct_load_half_hourly') }}
    group by date_paris
)

select
    coalesce(half_hourly.date_paris, daily.date_paris) as date_paris,
    half_hourly.energy_mwh as energy_mwh_of_half_hours,
    daily.energy_mwh,
    half_hourly.load_steps as half_hours,
    daily.load_steps
from half_hourly
full join {{ ref('fct_national_daily') }} as daily on half_hourly.date_paris = daily.date_paris
where
    half_hourly.load_steps is distinct from daily.load_steps
    or coalesce(abs(half_hourly.energy_mwh - daily.energy_mwh), 1e9) > 0.01
