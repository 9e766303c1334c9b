"""Fingerprints of tables and of project files: how the steps know that there is nothing new to do."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from conso.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import psycopg

WAREHOUSE_DIR = PROJECT_ROOT / "warehouse"
OUR_OWN_SOURCE = "conso"
"""The dbt source that holds what conso itself writes to raw: forecasts, backtests and the quarantine."""
GENERATED_FOLDERS = {"target", "logs", "dbt_packages"}


@cache
def raw_tables() -> dict[str, tuple[str, ...]]:
    """Names of the tables in ``raw`` by dbt source (``odre``, ``entsoe``, ...), as the dbt project declares them."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((WAREHOUSE_DIR / "models" / "staging").glob("*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            if source["schema"] == "raw":
                found[source["name"]] = tuple(table["name"] for table in source["tables"])
    return found


def published_tables() -> tuple[str, ...]:
    """The publishers' tables in ``raw``."""
    return tuple(name for source, names in raw_tables().items() if source != OUR_OWN_SOURCE for name in names)


def own_tables() -> tuple[str, ...]:
    """The tables in ``raw`` that conso itself writes."""
    return raw_tables()[OUR_OWN_SOURCE]


def missing(connection: psycopg.Connection[Any], tables: Iterable[str]) -> list[str]:
    """Those of ``tables`` (names in ``raw``) that do not exist."""
    names = list(tables)
    rows = connection.execute(
        "select name from unnest(%s::text[]) as name where to_regclass('raw.' || name) is null", [names]
    ).fetchall()
    return [row[0] for row in rows]


def of_table(connection: psycopg.Connection[Any], table: str) -> str:
    """Fingerprint of a table in ``raw``: it changes with every committed insert, update or delete.

    Made of the number of rows and of the transactions that wrote them (``xmin``), so that neither an update in place
    nor a row put back in another transaction goes unseen. A restored copy of the database has other ones: the steps
    then do their work once more, for nothing but time.
    """
    from psycopg import sql  # noqa: PLC0415 - heavy

    query = sql.SQL(
        "select count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) || ':' || coalesce(max(xmin::text::bigint), 0)"
        " from {}"
    ).format(sql.Identifier("raw", table))
    row = connection.execute(query).fetchone()
    return "" if row is None else str(row[0])


def of_tables(connection: psycopg.Connection[Any], tables: Iterable[str]) -> dict[str, str]:
    """Fingerprints of several tables in ``raw`` by name."""
    return {table: of_table(connection, table) for table in tables}


def of_files(folder: Path, *patterns: str) -> str:
    """SHA-256 of the names and contents of the files in ``folder`` that match, generated ones left out."""
    digest = hashlib.sha256()
    for path in sorted({found for pattern in patterns for found in folder.rglob(pattern)}):
        relative = path.relative_to(folder)
        if relative.parts[0] in GENERATED_FOLDERS or not path.is_file():
            continue
        digest.update(f"{relative}\0".encode())
        digest.update(path.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()
