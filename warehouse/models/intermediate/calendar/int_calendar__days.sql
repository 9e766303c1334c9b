{{ config(materialized='table') }}

with days as (
    select * from {{ ref('int_calendar__dates') }}
),

public_holidays as (
    select * from {{ ref('int_calendar__public_holidays') }}
),

years_with_holidays as (
    select distinct extract(year from date_paris) as year_paris from public_holidays
),

school_holidays as (
    select * from {{ ref('int_calendar__school_holidays') }}
),

school_years as (
    select * from {{ ref('int_calendar__school_years') }}
),

marked as (
    select
        days.date_paris,
        extract(isodow from days.date_paris)::integer as iso_weekday,
        public_holidays.holiday_name as public_holiday_name,
        case
            when public_holidays.date_paris is not null then true
            when years_with_holidays.year_paris is not null then false
        end as is_public_holiday
    from days
    left join public_holidays on days.date_paris = public_holidays.date_paris
    left join years_with_holidays on extract(year from days.date_paris) = years_with_holidays.year_paris
),

days_off as (
    select
        *,
        -- Null where no holiday of the year is known, also at weekends: nobody knows about the bridges beside them.
        (iso_weekday >= 6 and is_public_holiday is not null) or is_public_holiday as is_off
    from marked
),

neighbours as (
    select
        *,
        coalesce(lag(is_off) over (order by date_paris), false) as is_off_before,
        coalesce(lead(is_off) over (order by date_paris), false) as is_off_after
    from days_off
),

bridges as (
    select
        *,
        -- A working day between two days off: the Friday after a Thursday holiday, the Monday before a Tuesday one.
        case when is_off is not null then not is_off and is_off_before and is_off_after end as is_bridge_day
    from neighbours
),

zones as (
    select
        days.date_paris,
        bool_or(school_holidays.zone is not null) filter (where school_years.zone = 'A') as is_school_holiday_zone_a,
        bool_or(school_holidays.zone is not null) filter (where school_years.zone = 'B') as is_school_holiday_zone_b,
        bool_or(school_holidays.zone is not null) filter (where school_years.zone = 'C') as is_school_holiday_zone_c
    from days
    inner join school_years
        on days.date_paris between school_years.first_date_paris and school_years.last_date_paris
    left join school_holidays
        on school_years.zone = school_holidays.zone and days.date_paris = school_holidays.date_paris
    group by days.date_paris
)

select
    bridges.date_paris,
    {{ paris_day_start('bridges.date_paris') }} as day_start_utc,
    {{ paris_day_start('(bridges.date_paris + 1)') }} as day_end_utc,
    (extract(
        epoch from {{ paris_day_start('(bridges.date_paris + 1)') }} - {{ paris_day_start('bridges.date_paris') }}
    ) / 3600)::integer as day_hours,
    bridges.iso_weekday,
    bridges.iso_weekday >= 6 as is_weekend,
    bridges.is_public_holiday,
    bridges.public_holiday_name,
    bridges.is_bridge_day,
    zones.is_school_holiday_zone_a,
    zones.is_school_holiday_zone_b,
    zones.is_school_holiday_zone_c,
    zones.is_school_holiday_zone_a::integer
    + zones.is_school_holiday_zone_b::integer
    + zones.is_school_holiday_zone_c::integer as school_holiday_zones
from bridges
left join zones on bridges.date_paris = zones.date_paris
