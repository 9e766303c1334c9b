-- France has used between 430 and 495 TWh a year since 2012. Mean load times the hours of the year, for years of which
-- nearly every day is known, of real data.
select
    extract(year from date_paris) as year_paris,
    sum(energy_mwh) / (sum(load_steps) * 0.5) * sum(day_hours) / 1e6 as energy_twh
from {{ ref('fct_national_daily') }}
where not is_synthetic
group by extract(year from date_paris)
having count(*) >= 360 and sum(energy_mwh) / (sum(load_steps) * 0.5) * sum(day_hours) / 1e6 not between 430 and 495
