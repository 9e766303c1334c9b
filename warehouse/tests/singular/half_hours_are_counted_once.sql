-- The energy of each day is the same summed over half-hours and over hours, and no hour has more than two half-hours.
with half_hourly as (
    select
        date_paris,
        sum(load_mw) * 0.5 as energy_mwh,
        count(*) as half_hours
    from {{ ref('fct_load_half_hourly') }}
    group by date_paris
),

hourly as (
    select
        date_paris,
        sum(energy_mwh) as energy_mwh,
        sum(load_steps) as half_hours
    from {{ ref('fct_national_hourly') }}
    where load_steps > 0
    group by date_paris
)

select
    coalesce(half_hourly.date_paris, hourly.date_paris) as date_paris,
    half_hourly.half_hours as half_hours_of_half_hourly,
    hourly.half_hours as half_hours_of_hourly,
    half_hourly.energy_mwh as energy_mwh_of_half_hourly,
    hourly.energy_mwh as energy_mwh_of_hourly
from half_hourly
full join hourly on half_hourly.date_paris = hourly.date_paris
where
    half_hourly.half_hours is distinct from hourly.half_hours
    or coalesce(abs(half_hourly.energy_mwh - hourly.energy_mwh), 1e9) > 0.01
