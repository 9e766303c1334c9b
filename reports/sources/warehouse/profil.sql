-- The shape of the week by season: mean load of each hour of each weekday, over the three years before the clock.
select
    case when extract(month from date_paris) in (12, 1, 2) then 'Hiver'
        when extract(month from date_paris) in (3, 4, 5) then 'Printemps'
        when extract(month from date_paris) in (6, 7, 8) then 'Été'
        else 'Automne' end as season,
    extract(isodow from date_paris)::integer as iso_weekday,
    hour_paris,
    avg(load_mw) as load_mean_mw,
    count(*) as hours,
    min(date_paris) as first_date_paris,
    max(date_paris) as last_date_paris
from marts.fct_national_hourly
where load_mw is not null
    and date_paris < (select (max(clock_utc) at time zone 'Europe/Paris')::date from marts.mart_source_freshness)
    and date_paris >= (
        select (max(clock_utc) at time zone 'Europe/Paris')::date - interval '3 years' from marts.mart_source_freshness
    )
group by season, iso_weekday, hour_paris
order by season, iso_weekday, hour_paris
