-- Generation, pumping and exchanges make up the load, day by day, within one hundredth of it.
select
    date_paris,
    sum(generation_mwh) as generation_mwh,
    sum(pumping_mw * generation_steps * 0.5) as pumping_mwh,
    sum(physical_exchange_mwh) as physical_exchange_mwh,
    sum(unexplained_mw * generation_steps * 0.5) as unexplained_mwh
from {{ ref('fct_generation_hourly') }}
group by date_paris
having abs(sum(unexplained_mw * generation_steps * 0.5)) > 0.01 * sum(generation_mwh)
