"""Append-if-changed: of what was received, only versions that the warehouse does not have yet are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest import duck

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import duckdb
    import pyarrow as pa

    from ingest.batch import Batch
    from ingest.contracts import Contract
    from ingest.origins import Origin


@dataclass(frozen=True)
class Stamp:
    """What is said of every row of one run: when it was retrieved, through which origin, synthetic or not."""

    retrieved_at_utc: datetime
    origin: Origin
    is_synthetic: bool


@dataclass(frozen=True)
class Fresh:
    """New versions, ready to be appended, and how many came from each batch."""

    rows: pa.Table
    new_by_batch: tuple[int, ...]


def version_columns(contract: Contract) -> tuple[str, ...]:
    """Columns of the versions that `keep_new` compares with."""
    return (*contract.key, "known_at_utc", "row_hash", "source_ref")


def keep_new(contract: Contract, batches: Sequence[Batch], present: pa.Table, stamp: Stamp) -> Fresh:
    """The versions in ``batches`` that are new against ``present`` and against the batches before them.

    A row is new where it differs from the newest version of its key, whatever source that came from, and from the
    newest one of its own source: two sources that disagree for good make two versions, not two at every run.

    A first version is known from the time that the publisher's timetable gives. A later one cannot have been known
    before it replaced the earlier: where the timetable gives no later time, it is known from when it was seen, at the
    latest from when it was retrieved.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    columns = ", ".join(version_columns(contract))
    parts = [_numbered(contract).empty_table()]
    with duck.connect() as connection:
        connection.register("present", present)
        connection.execute(f"create temp table versions as select {columns} from present")  # noqa: S608
        # The first row of every key, then the second of those that have one, and so on: each meets the one before it.
        for turn in range(1, _take_turns(connection, contract, batches) + 1):
            found = connection.sql(_fresh_sql(contract, stamp, turn)).to_arrow_table()
            connection.register("found", found)
            connection.execute(f"insert into versions by name select {columns} from found")  # noqa: S608
            parts.append(found.cast(_numbered(contract)))
    rows = pa.concat_tables(parts)
    counts = dict.fromkeys(range(len(batches)), 0)
    counts |= {entry["values"]: entry["counts"] for entry in rows["batch"].value_counts().to_pylist()}
    return Fresh(rows.drop_columns(["batch"]), tuple(counts.values()))


def _numbered(contract: Contract) -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema([pa.field("batch", pa.int32()), *contract.arrow_schema])


def _take_turns(connection: duckdb.DuckDBPyConnection, contract: Contract, batches: Sequence[Batch]) -> int:
    """Make the table ``received``, in which ``turn`` numbers the rows of a key by their batch; returns the highest."""
    import pyarrow as pa  # noqa: PLC0415

    numbered = [
        batch.rows.append_column("batch", pa.repeat(pa.scalar(number, pa.int32()), batch.rows.num_rows))
        for number, batch in enumerate(batches)
    ]
    if not numbered:
        return 0
    connection.register("arrived", pa.concat_tables(numbered))
    connection.execute(
        f"""create temp table received as
            select *, row_number() over (partition by {", ".join(contract.key)} order by batch) as turn
            from arrived"""  # noqa: S608 - own identifiers
    )
    ((turns,),) = connection.sql("select coalesce(max(turn), 0) from received").fetchall()
    return int(turns)


def _fresh_sql(contract: Contract, stamp: Stamp, turn: int) -> str:
    key = ", ".join(contract.key)
    retrieved = f"timestamptz '{stamp.retrieved_at_utc.isoformat()}'"
    return f"""
      with newest as (
        select {key}, max(known_at_utc) as last_known, arg_max(row_hash, known_at_utc) as last_hash
        from versions group by {key}
      ),
      own as (
        select {key}, source_ref, arg_max(row_hash, known_at_utc) as own_hash
        from versions group by {key}, source_ref
      ),
      changed as (
        select * from received
        left join newest using ({key})
        left join own using ({key}, source_ref)
        where turn = {turn} and (last_hash is null or (last_hash <> row_hash and own_hash is distinct from row_hash))
      ),
      dated as (
        select *,
          known_at_utc <= {retrieved} and (last_known is null or known_at_utc > last_known) as by_rule,
          seen_at_utc <= {retrieved} and (last_known is null or seen_at_utc > last_known) as by_sight
        from changed
      )
      select batch, {", ".join(contract.business)},
        case when by_rule then known_at_utc
             when by_sight then seen_at_utc
             else greatest({retrieved}, last_known + interval 1 microsecond) end as known_at_utc,
        case when by_rule then 'rule' else 'retrieval' end as known_at_basis,
        {retrieved} as retrieved_at_utc, '{stamp.origin}' as origin, {stamp.is_synthetic} as is_synthetic,
        source_ref, row_hash
      from dated
    """  # noqa: S608 - own identifiers
