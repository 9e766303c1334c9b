"""What was known at an instant: the history of an entity as it stood then, read from the warehouse's own functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conso import database
from conso.errors import ConsoError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from conso.settings import Settings

KEYS = {"load": "interval_start_utc", "price": "hour_start_utc", "weather": "hour_start_utc"}
"""What can be asked for, and the column that says when; each is the function ``marts.<entity>_as_of``."""
DEFAULT_ROWS = 48


@dataclass(frozen=True)
class AsOf:
    """Rows in order of time. Instants are UTC; power is in MW, prices in EUR/MWh, temperatures in °C."""

    known_by_utc: datetime
    entity: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """One dict per row, for `--json`."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def run(
    settings: Settings,
    instant: str,
    entity: str = "load",
    *,
    first: str | None = None,
    before: str | None = None,
    limit: int = DEFAULT_ROWS,
) -> AsOf:
    """Read ``entity`` as it was known at ``instant``: the last ``limit`` rows of the span from ``first`` to ``before``.

    Instants are ISO 8601 with an offset. A version counts where it could be known outside the publisher by then
    (``known_at_utc``), whenever it was loaded here; of several the most final and newest one.

    Raises:
        UsageError: an instant has no offset, or nobody knows the entity.
        ConsoError: the marts were never built here.
    """
    import psycopg  # noqa: PLC0415 - heavy
    from psycopg import sql  # noqa: PLC0415

    if entity not in KEYS:
        raise UsageError(f"Nothing is known of {entity!r}.", f"Ask for one of: {', '.join(KEYS)}.")
    known_by = _instant(instant)
    span = [_instant(first) if first else "-infinity", _instant(before) if before else "infinity"]
    # The last rows, then in order of time again.
    query = sql.SQL(
        "select * from (select * from marts.{}(%s, %s, %s) order by {} desc limit %s) as newest order by {}"
    ).format(*(sql.Identifier(name) for name in (f"{entity}_as_of", KEYS[entity], KEYS[entity])))
    try:
        with database.connect(settings, read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            cursor = connection.execute(query, [known_by, *span, limit])
            rows, columns = cursor.fetchall(), cursor.description or []
    except (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName) as error:
        raise ConsoError(
            f"The marts were never built here: the function marts.{entity}_as_of does not exist.",
            "Run `conso transform` first.",
        ) from error
    return AsOf(known_by, entity, tuple(column.name for column in columns), tuple(rows))


def _instant(text: str) -> datetime:
    from datetime import datetime  # noqa: PLC0415

    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not an ISO 8601 instant.", "Give it as 2024-06-01T12:00Z.") from error
    if instant.tzinfo is None:
        raise UsageError(f"{text!r} has no UTC offset.", "Add one, as in 2024-06-01T12:00Z or 2024-06-01T14:00+02:00.")
    return instant
