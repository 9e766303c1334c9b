"""DuckDB as the engine of the parsers: SQL over what was received, with the publishers' spellings as macros."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

PARIS = "Europe/Paris"

_MACROS = rf"""
set global timezone = 'UTC';
-- 'ND' (RTE), 'n/e' and 'N/A' (ENTSO-E) and a lone dash stand for a value that was not published.
create macro missing(x) as x is null or trim(x) in ('', '-', 'ND', 'n/e', 'N/A', 'null');
create macro number(x) as case when not missing(x) then try_cast(trim(x) as double) end;
create macro is_number(x) as missing(x) or coalesce(isfinite(try_cast(trim(x) as double)), false);
-- An instant without an offset could be Paris or UTC: it is refused rather than guessed.
create macro instant(x) as
  case when regexp_matches(trim(x), '(Z|[+-]\d\d:?\d\d)$') then try_cast(trim(x) as timestamptz) end;
create macro paris_date(t) as cast(timezone('{PARIS}', t) as date);
create macro paris_instant(d, t) as timezone('{PARIS}', d + t);
-- The publishers' timetables, see docs/data-model.md.
create macro known_real_time(t, minutes) as t + to_minutes(minutes + 30);
create macro known_consolidated(t) as
  timezone('UTC', date_trunc('month', paris_date(t)) + interval 1 month + interval 14 days);
create macro known_definitive(t) as
  timezone('UTC', cast(make_date(year(paris_date(t)) + 1, 6, 1) as timestamp));
create macro known_day_before(t, hour) as paris_instant(paris_date(t) - 1, hour);
create macro known_calendar(d) as timezone('UTC', cast(make_date(year(d) - 1, 9, 1) as timestamp));
"""


@cache
def _database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(_MACROS)
    return connection


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """A session of its own, in UTC and with the macros of the parsers, in an in-memory DuckDB.

    Raises:
        KeyboardInterrupt: Ctrl-C came during a query, of which DuckDB itself makes an error of its own.
    """
    with _database().cursor() as session:
        try:
            yield session
        except (RuntimeError, duckdb.Error) as error:
            if "interrupted" in str(error).lower():
                raise KeyboardInterrupt from error
            raise


def quoted(name: str) -> str:
    """A column's name as an identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a literal."""
    return "'" + text.replace("'", "''") + "'"
