-- One row per zone and school year of which the holidays are published: outside these nobody knows.
select distinct
    right(zone, 1) as zone,
    make_date(left(school_year, 4)::integer, 9, 1) as first_date_paris,
    make_date(left(school_year, 4)::integer + 1, 8, 31) as last_date_paris
from {{ ref('stg_education_nationale__school_holidays') }}
where zone in ('Zone A', 'Zone B', 'Zone C')
