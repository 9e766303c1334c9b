-- The checks of the newest run that had any.
select
    table_name,
    expectation,
    severity,
    success,
    checked_at_utc at time zone 'Europe/Paris' as checked_at_paris
from ops.check_result
where run_id = (select run_id from ops.check_result order by checked_at_utc desc, run_id desc limit 1)
order by table_name, expectation
