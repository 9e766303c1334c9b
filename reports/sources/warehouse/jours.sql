-- One row per civil day of France since the first hour of load.
select
    date_paris,
    min(day_hours) as day_hours,
    count(load_mw) as hours_with_load,
    avg(load_mw) as load_mean_mw,
    max(load_mw) as load_max_mw,
    sum(energy_mwh) as energy_mwh,
    avg(temperature_c) as temperature_mean_c,
    count(temperature_c) as hours_with_temperature,
    avg(price_eur_per_mwh) as price_mean_eur_per_mwh,
    count(price_eur_per_mwh) as hours_with_price,
    count(*) filter (where price_eur_per_mwh < 0) as hours_with_negative_price,
    bool_or(is_public_holiday) as is_public_holiday,
    max(public_holiday_name) as public_holiday_name,
    extract(isodow from date_paris)::integer as iso_weekday,
    string_agg(distinct load_status, ', ' order by load_status) as load_statuses
from marts.fct_national_hourly
group by date_paris
order by date_paris
