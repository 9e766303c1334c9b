-- 23 hours on the last Sunday of March, 25 on the last Sunday of October, 24 on every other day.
select
    date_paris,
    day_start_utc,
    day_end_utc,
    day_hours
from {{ ref('dim_calendar_day') }}
where
    day_hours <> case
        when iso_weekday = 7 and to_char(date_paris, 'MMDD') between '0325' and '0331' then 23
        when iso_weekday = 7 and to_char(date_paris, 'MMDD') between '1025' and '1031' then 25
        else 24
    end
    or day_end_utc - day_start_utc <> day_hours * interval '1 hour'
