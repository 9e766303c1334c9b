-- Civil days that do not have 24 hours, and the hours that stand for them.
select
    c.date_paris,
    c.day_hours,
    count(n.hour_start_utc) as hours,
    count(n.load_mw) as hours_with_load
from marts.dim_calendar_day as c
inner join marts.fct_national_hourly as n on n.date_paris = c.date_paris
where c.day_hours <> 24
group by c.date_paris, c.day_hours
order by c.date_paris desc
