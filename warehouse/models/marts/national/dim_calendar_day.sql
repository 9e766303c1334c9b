select
    date_paris,
    day_start_utc,
    day_end_utc,
    day_hours,
    iso_weekday,
    is_weekend,
    is_public_holiday,
    public_holiday_name,
    is_bridge_day,
    is_school_holiday_zone_a,
    is_school_holiday_zone_b,
    is_school_holiday_zone_c,
    school_holiday_zones
from {{ ref('int_calendar__days') }}
order by date_paris
