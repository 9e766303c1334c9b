"""What the raw tables hold, counted for the person who ran the step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conso import database
from ingest.contracts import PUBLISHED

if TYPE_CHECKING:
    from conso.settings import Settings


def spans(settings: Settings) -> dict[str, dict[str, Any]]:
    """Rows, first and last time (ISO 8601) of every publisher's table."""
    found: dict[str, dict[str, Any]] = {}
    with database.connect(settings) as connection:
        for contract in PUBLISHED:
            sql = f"select count(*), min({contract.time_column}), max({contract.time_column}) from {contract.name}"  # noqa: S608
            rows, first, last = connection.execute(sql).fetchone() or (0, None, None)
            found[contract.name] = {
                "rows": rows,
                "first": first.isoformat() if first else None,
                "last": last.isoformat() if last else None,
            }
    return found


def half_hours_per_year(settings: Settings) -> dict[str, dict[str, int]]:
    """Half-hours that have a load, by data set and civil year of Paris."""
    return _nested(
        settings,
        """select dataset, extract(year from half_hour at time zone 'Europe/Paris')::int::text, count(*)
           from (select distinct dataset, date_bin('30 minutes', interval_start_utc, 'epoch') as half_hour
                 from raw.odre_national_load where load_mw is not null) as half_hours
           group by 1, 2 order by 1, 2""",
    )


def quarantine(settings: Settings) -> dict[str, dict[str, int]]:
    """Refused rows (and whole pages) by table and reason."""
    return _nested(settings, "select table_name, reason, count(*) from raw.quarantine group by 1, 2 order by 1, 2")


def _nested(settings: Settings, sql: str) -> dict[str, dict[str, int]]:
    with database.connect(settings) as connection:
        rows = connection.execute(sql).fetchall()
    nested: dict[str, dict[str, int]] = {}
    for outer, inner, count in rows:
        nested.setdefault(outer, {})[inner] = count
    return nested
