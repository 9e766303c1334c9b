-- France has used between 430 and 495 TWh a year since 2012 (RTE, bilans électriques: 488 in 2012, 436 in 2023). Only
-- years that are known whole, of real data.
select
    extract(year from date_paris) as year_paris,
    sum(energy_mwh) / 1e6 as energy_twh
from {{ ref('fct_national_daily') }}
where is_complete and not is_synthetic
group by extract(year from date_paris)
having count(*) >= 365 and sum(energy_mwh) / 1e6 not between 430 and 495
