"""Page SQL: DuckDB over the parquet extracts, under Evidence's names (``source.query``), with ``${query}`` chaining."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reports.errors import PageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from reports.syntax import Sql

_REFERENCE = re.compile(r"\$\{\s*([A-Za-z_]\w*)\s*\}")
_UNSUPPORTED = re.compile(r"\$\{\s*(inputs|params)\b")
_NUMBER = re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL(?:\(\d+,\d+\))?")
_LINE = re.compile(r"LINE (\d+):")


@dataclass(frozen=True)
class Result:
    """Rows of a query as Python values: int, float, str, bool, date, naive datetime or None.

    ``kinds`` maps each column, in order, to ``number``, ``text``, ``date``, ``datetime`` or ``boolean``.
    """

    name: str
    kinds: dict[str, str]
    rows: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.rows)

    def values(self, column: str) -> list[Any]:
        """One column, in the order of the rows."""
        return [row[column] for row in self.rows]


class Engine:
    """One DuckDB that holds the extracts and can reach nothing else (no file, no network)."""

    def __init__(self, extracts: Mapping[str, Mapping[str, Path]]) -> None:
        import duckdb  # noqa: PLC0415 - 0.1 s that a skipped build need not pay

        self.connection = duckdb.connect()
        # One thread: sums of floats and the order of ties are then the same in every build.
        self.connection.execute("set threads = 1")
        for source, queries in sorted(extracts.items()):
            self.connection.execute(f'create schema "{source}"')
            for query, path in sorted(queries.items()):
                location = str(path).replace("'", "''")
                self.connection.execute(f'create table "{source}"."{query}" as from read_parquet(\'{location}\')')
        self.connection.execute("set enable_external_access = false")
        self.connection.execute("set lock_configuration = true")

    def run_page(self, queries: Mapping[str, Sql]) -> dict[str, Result]:
        """Run the queries of one page, whatever their order.

        Raises:
            PageError: a query fails, refers to an unknown query, or to itself through others.
        """
        done: dict[str, Result] = {}
        for name in queries:
            self._run(name, queries, done, ())
        for name in queries:
            self.connection.execute(f'drop table "{_table(name)}"')
        return done

    def _run(self, name: str, queries: Mapping[str, Sql], done: dict[str, Result], chain: tuple[str, ...]) -> None:
        if name in done:
            return
        query = queries[name]
        if name in chain:
            raise PageError(query.where, f"query {name} refers to itself: {' -> '.join((*chain, name))}.", "Break it.")
        if _UNSUPPORTED.search(query.sql):
            raise PageError(query.where, f"query {name} uses inputs or params, which are not supported.", "Remove it.")
        for match in _REFERENCE.finditer(query.sql):
            if match[1] not in queries:
                known = ", ".join(sorted(queries))
                raise PageError(query.where, f"query {name} refers to an unknown query {match[1]}.", f"Known: {known}.")
            self._run(match[1], queries, done, (*chain, name))
        done[name] = self._execute(name, query)

    def _execute(self, name: str, query: Sql) -> Result:
        import duckdb  # noqa: PLC0415

        sql = _REFERENCE.sub(lambda match: f'"{_table(match[1])}"', query.sql)
        try:
            self.connection.execute(f'create temporary table "{_table(name)}" as\n{sql}')
            cursor = self.connection.execute(f'from "{_table(name)}"')
        except duckdb.Error as error:
            raise _query_error(name, query, error) from error
        kinds = {column[0]: _kind(str(column[1]), column[0], query) for column in cursor.description or ()}
        rows = [dict(zip(kinds, map(_plain, row), strict=True)) for row in cursor.fetchall()]
        return Result(name, kinds, rows)


def _table(name: str) -> str:
    return f"page query {name}"


def _query_error(name: str, query: Sql, error: duckdb.Error) -> PageError:
    message = str(error).strip()
    found = _LINE.search(message)
    line = query.where.line + (int(found[1]) - 2 if found else 0)
    where = type(query.where)(query.where.file, max(line, query.where.line))
    reason = message.splitlines()[0].replace("page query ", "")
    return PageError(where, f"query {name} fails: {reason}", "Correct the SQL (DuckDB's dialect).")


def _kind(duckdb_type: str, column: str, query: Sql) -> str:
    if duckdb_type == "BOOLEAN":
        return "boolean"
    if _NUMBER.fullmatch(duckdb_type):
        return "number"
    if duckdb_type == "DATE":
        return "date"
    if duckdb_type in {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATETIME"}:
        return "datetime"
    if duckdb_type in {"VARCHAR", "STRING", "NULL", '"NULL"'} or duckdb_type.startswith("ENUM"):
        return "text"
    raise PageError(
        query.where,
        f"column {column} of query {query.name} is of type {duckdb_type}, which pages cannot show.",
        "Cast it to a number, text, date or timestamp; turn instants into Paris time in the source.",
    )


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def civil(value: date) -> datetime:
    """A date as the midnight that it begins with; an instant as it is."""
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001 - civil
