-- Every French civil date from 2012 to the end of next year.
select series.day::date as date_paris
from generate_series(
    timestamp '2012-01-01',
    make_date(extract(year from {{ paris_time(clock_utc()) }})::integer + 1, 12, 31)::timestamp,
    interval '1 day'
) as series (day)
