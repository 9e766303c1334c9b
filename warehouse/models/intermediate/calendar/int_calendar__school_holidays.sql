-- One row per zone and day on which pupils have holidays.
with newest as (
    -- A corrected start date is a row of its own: of each holiday only what was published last counts.
    select *
    from (
        select
            *,
            rank() over (
                partition by school_year, zone, location, population, description
                order by known_at_utc desc, retrieved_at_utc desc
            ) as recency
        from {{ ref('stg_education_nationale__school_holidays') }}
        where zone in ('Zone A', 'Zone B', 'Zone C') and population not like 'Enseignants%'
    ) as ranked
    where recency = 1
),

periods as (
    select distinct
        right(zone, 1) as zone,
        start_date_paris,
        case
            -- The newest school year ends in "Début des vacances d'été", whose end is not published yet.
            when description ilike 'Début %' then make_date(extract(year from start_date_paris)::integer, 9, 1)
            -- A bridge of one day is published with the same date twice.
            else greatest(resume_date_paris, start_date_paris + 1)
        end as resume_date_paris
    from newest
)

select distinct
    periods.zone,
    days.day::date as date_paris
from periods
cross join lateral generate_series(
    periods.start_date_paris::timestamp, periods.resume_date_paris::timestamp - interval '1 day', interval '1 day'
) as days (day)
