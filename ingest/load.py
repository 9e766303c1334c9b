"""Writing to the raw tables: our own DDL with primary keys, dlt with Arrow for the rows, quarantine beside them."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conso import database
from conso.errors import ConsoError
from ingest.contracts import PUBLISHED, QUARANTINE, Contract
from ingest.vintages import version_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pyarrow as pa

    from conso.settings import Settings
    from ingest.batch import Batch, Reject

DATASET = "raw"
_DATABASE_ERROR = re.compile(r"ERROR:[^\n]*")
ANALYZE_FROM_ROWS = 1_000
"""The planner of PostgreSQL should know of a load of this size before dbt reads it."""
LOADS_KEPT = 100
"""dlt notes every load; an hourly run for ten years would leave 90,000 notes per table. Of each only these stay."""
# A load that brought dlt's newest state along stays too: dlt reads its state only from loads that it finds noted.
_FORGET_OLD_LOADS = """
delete from raw._dlt_loads where schema_name = %(schema)s
  and load_id not in (
    select load_id from raw._dlt_loads where schema_name = %(schema)s order by inserted_at desc, load_id desc
    limit %(kept)s)
  and load_id not in (select _dlt_load_id from raw._dlt_pipeline_state)
"""


def create_tables(settings: Settings) -> None:
    """Make every raw table of the contracts that does not stand yet, empty: nothing downstream lacks one.

    Raises:
        ConsoError: a table stands with other columns.
    """
    import psycopg  # noqa: PLC0415 - heavy

    with database.connect(settings) as connection:
        connection.execute("select pg_advisory_xact_lock(hashtext('conso raw tables'))")
        for contract in (*PUBLISHED, QUARANTINE):
            try:
                connection.execute(contract.ddl)
            except psycopg.errors.UndefinedColumn as error:
                raise ConsoError(
                    f"{contract.name} does not have the columns of this version ({error.diag.message_primary}).",
                    "Drop the table or use another CONSO_HOME; `conso ingest` loads it again.",
                ) from error


def present_versions(settings: Settings, contract: Contract, batches: Sequence[Batch]) -> pa.Table:
    """The versions in the warehouse over the span of ``batches``, in the columns that `vintages.keep_new` compares."""
    import pyarrow.compute as pc  # noqa: PLC0415 - heavy

    spans = [pc.min_max(batch.rows[contract.time_column]).as_py() for batch in batches if batch.rows.num_rows]
    columns = ", ".join(version_columns(contract))
    empty = contract.arrow_schema.empty_table().select(list(version_columns(contract)))
    if not spans:
        return empty
    low, high = min(span["min"] for span in spans), max(span["max"] for span in spans)
    sql = (
        f"select {columns} from {contract.name} "  # noqa: S608 - own identifiers
        f"where {contract.time_column} between '{low.isoformat()}' and '{high.isoformat()}'"
    )
    with database.connect_arrow(settings) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetch_arrow_table().cast(empty.schema)


def append(settings: Settings, contract: Contract, rows: pa.Table, *, world: database.World) -> None:
    """Append new versions, all of them or none: one file, one COPY, one transaction.

    Raises:
        ConsoError: PostgreSQL refused them; nothing of the table's rows was written.
    """
    if rows.num_rows == 0:
        return
    dlt = _quiet_dlt(settings)
    pipeline = dlt.pipeline(
        pipeline_name=f"conso_{world}_{contract.table}",
        pipelines_dir=str(settings.home_dir / "dlt"),
        destination=dlt.destinations.postgres(database.url(settings)),
        dataset_name=DATASET,
    )
    # What a killed run left behind is out of date: this run compared anew with what the tables really hold.
    if pipeline.has_pending_data:
        pipeline.abort_packages()
    _run(pipeline, dlt.resource([rows], name=contract.table, write_disposition="append"), contract)
    for package in Path(pipeline.working_dir, "load", "loaded").iterdir():
        shutil.rmtree(package)  # what is in the database needs no second copy on disk
    with database.connect(settings) as connection:
        if rows.num_rows >= ANALYZE_FROM_ROWS:
            connection.execute(f"analyze {contract.name}")
        connection.execute(_FORGET_OLD_LOADS, {"schema": pipeline.default_schema_name, "kept": LOADS_KEPT})


def _run(pipeline: Any, resource: Any, contract: Contract) -> None:
    from dlt.common.runtime import signals  # noqa: PLC0415 - after `_quiet_dlt`
    from dlt.pipeline.exceptions import PipelineStepFailed  # noqa: PLC0415

    # dlt holds Ctrl-C back until its COPY is through, and would forget it then.
    with signals.intercepted_signals():
        try:
            pipeline.run(resource, loader_file_format="parquet")
        except PipelineStepFailed as error:
            if not signals.was_signal_received():
                reason = _database_message(str(error.__cause__ or error))
                raise ConsoError(
                    f"{contract.name}: the database did not take the new rows ({reason}); none was written.",
                    "Run the command again with --debug for the whole message.",
                ) from error
        if signals.was_signal_received():
            raise KeyboardInterrupt


def _database_message(text: str) -> str:
    """What PostgreSQL said, out of what dlt wraps around it."""
    said = _DATABASE_ERROR.findall(text)
    return said[-1].strip() if said else (text.strip().splitlines() or ["no reason given"])[-1].strip()


def _quiet_dlt(settings: Settings) -> Any:
    """The module `dlt`, told before its import to report to nobody and to keep its files in ``CONSO_HOME``."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
    os.environ["LOAD__RAISE_ON_MAX_RETRIES"] = "1"  # a COPY that is refused once is refused always
    os.environ["DLT_DATA_DIR"] = str(settings.home_dir / "dlt")
    os.environ["DLT_PROJECT_DIR"] = str(settings.home_dir / "dlt")
    import dlt  # noqa: PLC0415 - heavy, and reads the environment

    return dlt


def quarantine(settings: Settings, table: str, rejects: Iterable[Reject], detected_at_utc: datetime) -> int:
    """Write refused rows that are not in quarantine yet; returns how many that were.

    A row that was refused before, from the same source for the same reason, is not written again, even where it now
    stands at another position.
    """
    rows = [
        (table, r.source_ref, r.row_number, r.reason, r.expected, _json(r.payload), r.row_hash, detected_at_utc)
        for r in rejects
    ]
    if not rows:
        return 0
    with database.connect(settings) as connection, connection.cursor() as cursor:
        cursor.execute("create temp table refused (like raw.quarantine) on commit drop")
        columns = ", ".join(QUARANTINE.business)
        with cursor.copy(f"copy refused ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f"""insert into raw.quarantine ({columns})
                select distinct on (source_ref, row_number, reason, row_hash) {columns} from refused
                where not exists (
                  select from raw.quarantine as known
                  where (known.source_ref, known.reason, known.row_hash)
                    = (refused.source_ref, refused.reason, refused.row_hash)
                )
                on conflict do nothing"""  # noqa: S608 - own identifiers
        )
        return cursor.rowcount


def _json(payload: dict[str, Any]) -> str:
    # PostgreSQL's jsonb has no place for NUL, which damaged files may bring.
    return json.dumps(payload, ensure_ascii=False, default=str).replace("\\u0000", "\\ufffd")
