"""Which files were read already: unchanged bytes read by unchanged code need no second look."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conso import database
from ingest.contracts import PUBLISHED
from ingest.report import Counts

if TYPE_CHECKING:
    from conso.settings import Settings

DDL = """
create table if not exists ops.ingested_file (
  source_ref       text primary key,
  content_sha256   text not null,
  reader_sha256    text not null,
  table_name       text not null,
  counts           jsonb not null,
  ingested_at_utc  timestamptz not null default now()
);
comment on table ops.ingested_file is
  'Files of a source directory that were loaded whole: an unchanged one is not read again by the same code';
"""


@dataclass(frozen=True)
class Fingerprint:
    """A file as it was when it was loaded, and what it gave."""

    content_sha256: str
    reader_sha256: str
    counts: Counts

    def is_of(self, content_sha256: str, reader_sha256: str) -> bool:
        """Whether it is the mark of these bytes, read by this code."""
        return (self.content_sha256, self.reader_sha256) == (content_sha256, reader_sha256)


def known_files(settings: Settings) -> dict[str, Fingerprint]:
    """Fingerprints by source_ref.

    Files of a table that is empty though they gave it rows are left out: somebody emptied it, they must be read again.
    """
    with database.connect(settings) as connection:
        connection.execute(DDL)
        empty = {
            contract.table
            for contract in PUBLISHED
            if connection.execute(f"select 1 from {contract.name} limit 1").fetchone() is None  # noqa: S608
        }
        rows = connection.execute(
            "select source_ref, content_sha256, reader_sha256, table_name, counts from ops.ingested_file"
        ).fetchall()
    return {
        ref: Fingerprint(content, reader, Counts(**counts))
        for ref, content, reader, table, counts in rows
        if table not in empty or not (counts["new"] + counts["unchanged"])
    }


def tables_by_file(settings: Settings) -> dict[str, str]:
    """The table that each file ever loaded went to, by source_ref."""
    with database.connect(settings) as connection:
        connection.execute(DDL)
        return dict(connection.execute("select source_ref, table_name from ops.ingested_file").fetchall())


def record(settings: Settings, source_ref: str, table: str, fingerprint: Fingerprint) -> None:
    """Remember a file that was loaded whole."""
    with database.connect(settings) as connection:
        connection.execute(
            """insert into ops.ingested_file (source_ref, content_sha256, reader_sha256, table_name, counts)
               values (%s, %s, %s, %s, %s)
               on conflict (source_ref) do update set
                 content_sha256 = excluded.content_sha256, reader_sha256 = excluded.reader_sha256,
                 table_name = excluded.table_name, counts = excluded.counts, ingested_at_utc = now()""",
            [
                source_ref,
                fingerprint.content_sha256,
                fingerprint.reader_sha256,
                table,
                json.dumps(vars(fingerprint.counts)),
            ],
        )
