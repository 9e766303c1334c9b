"""ENTSO-E Transparency: total load of the bidding zone France, RTE's day-ahead forecast and the actual.

Publisher: https://transparency.entsoe.eu, reuse with attribution. The files are the platform's own CSV exports in UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conso.errors import SourceError
from ingest import duck
from ingest.batch import REASON_UNREADABLE, Batch, sift
from ingest.contracts import ENTSOE_TOTAL_LOAD
from ingest.received import ROW_NUMBER

if TYPE_CHECKING:
    from ingest.received import Received

TIME = "Time (UTC)"
QUANTITIES = {"day_ahead_forecast": "Day-ahead Total Load Forecast", "actual": "Actual Total Load"}
ZONE = "BZN|FR"


def is_total_load(columns: frozenset[str]) -> bool:
    """Whether the columns are those of an export of total load."""
    return any(name.startswith(tuple(QUANTITIES.values())) for name in columns)


def parse_total_load(received: Received) -> Batch:
    """Forecast and actual, MW, one row per quantity and step (60 minutes; since the end of 2024 also 15).

    Raises:
        SourceError: the times are not in UTC, or the zone is not France.
    """
    columns = _columns(received)
    if TIME not in received.columns:
        raise SourceError(
            f"{received.source_ref}: no column {TIME!r}; it has {', '.join(map(repr, received.columns))}.",
            "Export it with the time zone set to UTC.",
        )
    selects = [_quantity_sql(quantity, duck.quoted(column), column) for quantity, column in columns.items()]
    return sift(ENTSOE_TOTAL_LOAD, " union all ".join(selects), received)


def _columns(received: Received) -> dict[str, str]:
    found = {
        quantity: name for quantity, start in QUANTITIES.items() for name in received.columns if name.startswith(start)
    }
    foreign = [name for name in found.values() if ZONE not in name]
    if foreign:
        raise SourceError(
            f"{received.source_ref}: {foreign[0]!r} is not of {ZONE}.", "Export the bidding zone France (BZN|FR)."
        )
    return found


def _quantity_sql(quantity: str, identifier: str, column: str) -> str:
    known = (
        "known_day_before(start_utc, interval 10 hour)"
        if quantity == "day_ahead_forecast"
        else "end_utc + interval 60 minute"
    )
    return f"""
      select '{quantity}' as quantity, start_utc as interval_start_utc, step as step_minutes, number(value) as value_mw,
        {known} as known_at_utc, null::timestamptz as seen_at_utc, {ROW_NUMBER},
        case when step is null or not is_number(value) then '{REASON_UNREADABLE}' end as reason,
        case when step is null then 'a step of 15, 30 or 60 minutes as dd.mm.yyyy HH:MM - dd.mm.yyyy HH:MM'
             when not is_number(value) then {duck.literal(f"a number in: {column}")} end as expected
      from (
        select *, case when minutes in (15, 30, 60) then minutes end::integer as step
        from (
          select *, date_diff('minute', start_utc, end_utc) as minutes
          from (
            select {ROW_NUMBER}, {identifier} as value,
              timezone('UTC', try_strptime(split_part("{TIME}", ' - ', 1), '%d.%m.%Y %H:%M')) as start_utc,
              timezone('UTC', try_strptime(split_part("{TIME}", ' - ', 2), '%d.%m.%Y %H:%M')) as end_utc
            from received
          )
        )
      )
    """  # noqa: S608 - identifiers are quoted
