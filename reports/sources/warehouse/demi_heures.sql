-- Half-hours of load by year and status, and how many versions of them were seen.
select
    extract(year from date_paris)::integer as year,
    status,
    count(*) as half_hours,
    sum(revisions)::bigint as versions,
    count(*) filter (where revisions > 1) as revised
from marts.fct_load_half_hourly
where load_mw is not null
group by 1, 2
order by 1, 2
