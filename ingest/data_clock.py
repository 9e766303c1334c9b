"""What time it is in a warehouse whose data end in the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from conso import database

if TYPE_CHECKING:
    from conso.settings import Settings

CURRENT_WITHIN = timedelta(days=1)
"""Data that reach so near to the system's clock are live data: their clock runs."""

# Forecasts are issued at 12:00 Paris on D-1 for day D. Of a day's hours, each needs most cities' weather.
_NEWEST_ISSUE_TIME = """
with weather as (
  select distinct city, valid_at_utc from raw.open_meteo_weather where temperature_2m_c is not null
),
covered_hours as (
  select valid_at_utc from weather group by valid_at_utc
  having count(*) * 2 > (select count(distinct city) from raw.open_meteo_weather)
),
covered_days as (
  select (valid_at_utc at time zone 'Europe/Paris')::date as day from covered_hours group by 1
  having count(*) = extract(epoch from
    ((valid_at_utc at time zone 'Europe/Paris')::date + 1)::timestamp at time zone 'Europe/Paris'
    - (valid_at_utc at time zone 'Europe/Paris')::date::timestamp at time zone 'Europe/Paris') / 3600
),
issue_times as (
  select (day - 1 + time '12:00') at time zone 'Europe/Paris' as issued_at_utc from covered_days
)
select issued_at_utc from issue_times
where exists (
    select from raw.entsoe_total_load
    where quantity = 'actual' and interval_start_utc between issued_at_utc - interval '3 hours' and issued_at_utc
      and known_at_utc <= issued_at_utc)
  or exists (
    select from raw.odre_national_load
    where dataset = 'eco2mix-national-tr' and status = 'temps_reel' and load_mw is not null
      and interval_start_utc between issued_at_utc - interval '3 hours' and issued_at_utc
      and known_at_utc <= issued_at_utc)
order by issued_at_utc desc limit 1
"""
_NEWEST_LOAD = """
select max(interval_start_utc) from (
  select max(interval_start_utc) as interval_start_utc from raw.odre_national_load where load_mw is not null
  union all
  select max(interval_start_utc) from raw.entsoe_total_load where quantity = 'actual'
) as newest
"""
_NOON_BEFORE = """
select (noon.day + time '12:00') at time zone 'Europe/Paris'
from (select (%s at time zone 'Europe/Paris' - interval '12 hours')::date as day) as noon
"""


def newest_issue_time(settings: Settings, now_utc: datetime | None = None) -> tuple[datetime | None, str]:
    """The clock of a directory's data, and why.

    The newest D-1 12:00 Europe/Paris for which weather covers all of day D and the real-time load is known to within
    3 hours; without such a time, the last noon in Paris before the newest load. None (the system's clock) where the
    data reach to within a day of now, or where there is no load at all.
    """
    now = now_utc or datetime.now(UTC)
    with database.connect(settings) as connection:
        newest_load = _value(connection.execute(_NEWEST_LOAD).fetchone())
        if newest_load is None:
            return None, "no load, so the system's clock"
        if newest_load > now - CURRENT_WITHIN:
            return None, "the data reach to within a day of now"
        complete = _value(connection.execute(_NEWEST_ISSUE_TIME).fetchone())
        if complete is not None:
            return complete, "the newest issue time whose inputs are complete"
        return (
            _value(connection.execute(_NOON_BEFORE, [newest_load]).fetchone()),
            "the last noon in Paris before the newest load: at no issue time are weather and real-time load complete",
        )


def _value(row: tuple[datetime | None, ...] | None) -> datetime | None:
    return None if row is None or row[0] is None else row[0].astimezone(UTC)
