-- Every day inside the mart's span has as many hours as the civil day, the first and last day perhaps fewer.
with per_day as (
    select
        date_paris,
        count(*) as hours,
        min(day_hours) as day_hours,
        max(hour_start_utc) - min(hour_start_utc) + interval '1 hour' as covered
    from {{ ref('fct_national_hourly') }}
    group by date_paris
),

span as (
    select
        min(date_paris) as first_date,
        max(date_paris) as last_date
    from per_day
)

select per_day.*
from per_day
cross join span
where
    (per_day.date_paris not in (span.first_date, span.last_date) and per_day.hours <> per_day.day_hours)
    or per_day.covered <> per_day.hours * interval '1 hour'
