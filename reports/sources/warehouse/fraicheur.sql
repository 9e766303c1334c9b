-- How old the last measure of each source is, and from when on that is too old.
select
    source,
    last_measure_at_utc at time zone 'Europe/Paris' as last_measure_at_paris,
    last_retrieved_at_utc at time zone 'Europe/Paris' as last_retrieved_at_paris,
    rows_loaded,
    rows_quarantined,
    age_hours::double precision as age_hours,
    limit_hours::double precision as limit_hours,
    is_late
from marts.mart_source_freshness
order by source
