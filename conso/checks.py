"""The step that holds raw against its expectations, before anything downstream changes."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conso import database, fingerprint
from conso.errors import CheckFailedError
from conso.steps import StepContext, StepResult

if TYPE_CHECKING:
    import psycopg

    from conso.expectations import Verdict
    from conso.suites import Suite

EXPLAINED = 3
NOT_EMPTY = "is_not_empty"

STATE_DDL = """
create table if not exists ops.check_state (
  singleton      boolean primary key default true check (singleton),
  run_id         text not null,
  expectations   text not null,
  tables         jsonb not null,
  figures        jsonb not null,
  checked_at_utc timestamptz not null
);
comment on table ops.check_state is 'One row: what the last checks without a critical failure ran on';
"""


def run(context: StepContext) -> StepResult:
    """Check every table of raw that has a suite in ``warehouse/expectations``; results go to ``ops.check_result``.

    Where neither the data nor the expectations changed since checks that passed, they are not repeated; the result
    says so and repeats their warnings.

    Raises:
        CheckFailedError: a critical expectation failed: names the table, what was expected and found, and offending
            rows. Everything downstream stands as it was.
    """
    from conso import suites  # noqa: PLC0415 - heavy (pydantic)

    settings = context.settings
    wanted = suites.load()
    expectations = fingerprint.of_files(suites.EXPECTATIONS_DIR, "*.yml")
    with database.connect(settings) as connection:
        connection.execute(STATE_DDL)
        absent = set(fingerprint.missing(connection, (suite.table for suite in wanted)))
        tables = fingerprint.of_tables(connection, (suite.table for suite in wanted if suite.table not in absent))
        tables["ops.warehouse"] = str(database.world(settings))
        last = connection.execute(
            "select expectations, tables, figures, checked_at_utc from ops.check_state"
        ).fetchone()
    if last is not None and (last[0], last[1]) == (expectations, tables):
        figures: dict[str, Any] = last[2]
        when = f"{last[3]:%Y-%m-%d %H:%M:%S}Z"
        return StepResult(f"same data as checked at {when}: {_describe(figures)}", figures, changed=False)
    return _check(context, wanted, absent, expectations, tables)


def _check(
    context: StepContext, wanted: tuple[Suite, ...], absent: set[str], expectations: str, tables: dict[str, str]
) -> StepResult:
    settings = context.settings
    started = time.monotonic()
    context.progress("loading Great Expectations")
    empty = {suite.table for suite in wanted if suite.table in absent or tables[suite.table].startswith("0:")}
    verdicts = [_emptiness(suite, absent) for suite in wanted if suite.table in empty and not suite.may_be_empty]
    full = tuple(suite for suite in wanted if suite.table not in empty)
    if full:
        from conso.expectations import validate  # noqa: PLC0415 - heavy

        verdicts += validate(settings, full, context.progress)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    figures = _figures(verdicts, run_id, time.monotonic() - started)
    failed = [verdict for verdict in verdicts if not verdict.success and verdict.severity == "critical"]
    with database.connect(settings) as connection:
        _record(connection, run_id, verdicts)
        connection.execute("delete from ops.check_state")
        if not failed:
            connection.execute(
                "insert into ops.check_state (run_id, expectations, tables, figures, checked_at_utc)"
                " values (%s, %s, %s, %s, now())",
                [run_id, expectations, json.dumps(tables), json.dumps(figures)],
            )
    if failed:
        raise _failure(failed)
    return StepResult(_describe(figures), figures)


def _emptiness(suite: Suite, absent: set[str]) -> Verdict:
    from conso.expectations import Verdict  # noqa: PLC0415

    return Verdict(
        suite.table,
        NOT_EMPTY,
        "critical" if suite.required else "warning",
        "nothing can be computed without it" if suite.required else "what depends on it stays empty",
        success=False,
        observed={"rows": 0, **({"table": "does not exist"} if suite.table in absent else {})},
    )


def _record(connection: psycopg.Connection[Any], run_id: str, verdicts: list[Verdict]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            """insert into ops.check_result (run_id, table_name, expectation, severity, success, observed)
               values (%s, %s, %s, %s, %s, %s)""",
            [
                (
                    run_id,
                    verdict.table,
                    verdict.name,
                    verdict.severity,
                    verdict.success,
                    json.dumps({**verdict.observed, "examples": verdict.examples}, default=str),
                )
                for verdict in verdicts
            ],
        )


def _figures(verdicts: list[Verdict], run_id: str, seconds: float) -> dict[str, Any]:
    warned = [verdict for verdict in verdicts if not verdict.success and verdict.severity == "warning"]
    return {
        "run_id": run_id,
        "tables": len({verdict.table for verdict in verdicts}),
        "expectations": len(verdicts),
        "met": sum(verdict.success for verdict in verdicts),
        "warned": len(warned),
        "warnings": [
            {"name": f"{verdict.table}.{verdict.name}", "found": str(verdict), "examples": list(verdict.examples)}
            for verdict in warned
        ],
        "seconds": round(seconds, 1),
    }


def _describe(figures: dict[str, Any]) -> str:
    text = f"{figures['met']} of {figures['expectations']} expectations met on {figures['tables']} tables"
    names = ", ".join(warning["name"] for warning in figures["warnings"])
    return f"{text}, {figures['warned']} warned ({names})" if names else text


def _failure(failed: list[Verdict]) -> CheckFailedError:
    lines = []
    for verdict in failed[:EXPLAINED]:
        lines.append(f"Critical expectation broken on {verdict}")
        lines += [f"  {example}" for example in verdict.examples]
    if len(failed) > EXPLAINED:
        lines.append(f"Broken as well: {', '.join(f'{v.table}.{v.name}' for v in failed[EXPLAINED:])}.")
    empty = all(verdict.name == NOT_EMPTY for verdict in failed)
    return CheckFailedError(
        "\n".join(lines),
        "Load it with `conso ingest --source demo|live|DIR`; see what was refused in raw.quarantine."
        if empty
        else "Nothing downstream was changed. Correct these rows at their source (source_ref) and ingest again, or "
        "delete them from raw; then `conso check`. All results: ops.check_result.",
    )
