"""Sources: SQL that runs on PostgreSQL, read-only and on one snapshot, and comes to rest in parquet files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conso import database
from conso.errors import ConsoError

if TYPE_CHECKING:
    from pathlib import Path

    import adbc_driver_postgresql.dbapi as adbc

    from conso.settings import Settings
    from reports.project import Project, SourceQuery

FIRST_MART = "marts.fct_national_hourly"
"""The mart without which there is nothing to report on."""


@dataclass(frozen=True)
class Extract:
    """One source query's rows on disk."""

    source: str
    query: str
    path: Path
    rows: int
    sha256: str


def has_data(settings: Settings) -> bool:
    """Whether the warehouse has been built and holds at least one hour."""
    with database.connect(settings, read_only=True) as connection:
        found = connection.execute("select to_regclass(%s)", [FIRST_MART]).fetchone()
        if found is None or found[0] is None:
            return False
        row = connection.execute(f"select exists (select from {FIRST_MART})").fetchone()  # noqa: S608 - a constant
        return bool(row and row[0])


def extract(settings: Settings, project: Project) -> list[Extract]:
    """Run every source query and write its rows to ``CONSO_HOME/cache/reports/<source>/<query>.parquet``.

    Raises:
        ConsoError: a query fails; names its file.
    """
    folder = settings.cache_dir / "reports"
    extracts: list[Extract] = []
    with database.connect_arrow(settings) as connection:
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
        for query in project.sources:
            target = folder / query.source / f"{query.name}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            extracts.append(_extract_one(connection, query, target))
        connection.rollback()
    _remove_others(folder, {extract.path for extract in extracts})
    return extracts


def _extract_one(connection: adbc.Connection, query: SourceQuery, target: Path) -> Extract:
    import adbc_driver_manager as adbc_manager  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with connection.cursor() as cursor:
            cursor.execute(query.sql)
            table = cursor.fetch_arrow_table()
    except adbc_manager.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise ConsoError(
            f"reports/{query.file}: the query fails on the warehouse: {reason}",
            "Run `conso transform` so that the marts stand, or correct the query.",
        ) from error
    partial = target.with_suffix(".partial")
    pq.write_table(table, partial, compression="zstd")
    digest = hashlib.sha256(partial.read_bytes()).hexdigest()
    partial.rename(target)
    return Extract(query.source, query.name, target, table.num_rows, digest)


def _remove_others(folder: Path, kept: set[Path]) -> None:
    for path in folder.glob("*/*.parquet"):
        if path not in kept:
            path.unlink()
