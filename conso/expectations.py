"""Great Expectations on tables of raw: suites in, verdicts out. Runs on the server, in SQL; writes no file."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conso import database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conso.settings import Settings
    from conso.steps import Progress
    from conso.suites import Severity, Suite

EXAMPLES = 5
QUERY = "unexpected_rows_expectation"


@dataclass(frozen=True)
class Verdict:
    """How one expectation came out: ``observed`` has JSON values, ``examples`` the offending rows, up to five."""

    table: str
    name: str
    severity: Severity
    why: str
    success: bool
    observed: dict[str, Any] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line: what was expected of which table and what was found instead."""
        found = ", ".join(f"{key} {value}" for key, value in self.observed.items())
        return f"raw.{self.table}: {self.name} ({self.why}): {found}"


def validate(settings: Settings, suites: tuple[Suite, ...], progress: Progress) -> list[Verdict]:
    """Hold each suite against its table in ``raw``; the tables exist and are not empty.

    A suite that cannot be evaluated (a column is missing, say) comes out as failed, with the database's reason.
    """
    verdicts: list[Verdict] = []
    with _context() as context:
        source = context.data_sources.add_postgres(
            "warehouse", connection_string=_sqlalchemy_url(settings), create_temp_table=False
        )
        try:
            for done, suite in enumerate(suites):
                progress(f"checks on raw.{suite.table}", done, len(suites))
                verdicts += _validate_table(settings, source, suite)
        finally:
            source.get_engine().dispose()
    return verdicts


@contextlib.contextmanager
def _context() -> Iterator[Any]:
    """A context that lives in memory, sends nothing, draws nothing and does not log what the verdicts say anyway."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["TQDM_DISABLE"] = "1"
    import great_expectations as gx  # noqa: PLC0415 - takes seconds

    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        yield context
    finally:
        logger.setLevel(level)


def _sqlalchemy_url(settings: Settings) -> str:
    _, _, address = database.url(settings).partition("://")
    # Great Expectations puts configuration variables in where it finds a dollar.
    return f"postgresql+psycopg2://{address.replace('$', '%24')}"


def _validate_table(settings: Settings, source: Any, suite: Suite) -> list[Verdict]:
    import great_expectations as gx  # noqa: PLC0415

    with warnings.catch_warnings():
        # Deprecated in favour of the data source's schema, which the one for PostgreSQL has not.
        warnings.filterwarnings("ignore", message=".*schema_name.*", category=DeprecationWarning)
        asset = source.add_table_asset(suite.table, table_name=suite.table, schema_name="raw")
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    validation = batch.validate(
        gx.ExpectationSuite(
            name=suite.table,
            expectations=[
                {
                    "type": expected.expectation,
                    "kwargs": expected.kwargs,
                    "severity": expected.severity,
                    "meta": {"name": expected.name},
                }
                for expected in suite.expectations
            ],
        ),
        result_format={
            "result_format": "SUMMARY",
            "partial_unexpected_count": EXAMPLES,
            "unexpected_index_column_names": list(dict.fromkeys((*suite.key, "source_ref"))),
        },
    )
    by_name = {result.expectation_config.meta["name"]: result for result in validation.results}
    verdicts = []
    for expected in suite.expectations:
        result = by_name[expected.name]
        observed = _observed(result)
        examples: tuple[str, ...] = ()
        if not result.success and "error" not in observed:
            if expected.expectation == QUERY:
                examples = _rows_of(settings, expected.kwargs["unexpected_rows_query"], suite.table)
            else:
                examples = tuple(_row(row) for row in result.result.get("partial_unexpected_index_list") or ())
        verdicts.append(
            Verdict(
                suite.table,
                expected.name,
                expected.severity,
                expected.why,
                bool(result.success),
                observed,
                examples[:EXAMPLES],
            )
        )
    return verdicts


def _observed(result: Any) -> dict[str, Any]:
    """What was found, in a few words that become JSON: numbers of rows, a share, values, or an error."""
    error = _exception(result.exception_info)
    if error:
        return {"error": error}
    found = result.result
    if "unexpected_count" in found:
        share = found.get("unexpected_percent") or 0.0
        observed = {"rows": found["element_count"], "unexpected": found["unexpected_count"], "percent": round(share, 3)}
        values = found.get("partial_unexpected_list")
        return {**observed, "values": [str(value) for value in values]} if values else observed
    if result.expectation_config.type == QUERY:
        return {"unexpected": found.get("observed_value")}
    observed = {"observed": found.get("observed_value")}
    mismatched = (found.get("details") or {}).get("mismatched")
    return {**observed, "mismatched": mismatched} if mismatched else observed


def _exception(info: dict[str, Any] | None) -> str | None:
    """The first message in Great Expectations' exception info, which nests by metric where a metric failed."""
    if not info:
        return None
    if "raised_exception" in info:
        message = info.get("exception_message")
        return " ".join(str(message).split()) if info["raised_exception"] else None
    return next((found for nested in info.values() if (found := _exception(nested))), None)


def _rows_of(settings: Settings, query: str, table: str) -> tuple[str, ...]:
    from psycopg.rows import dict_row  # noqa: PLC0415

    statement = f"select * from ({query.replace('{batch}', f'raw.{table}')}) as offending limit {EXAMPLES}"  # noqa: S608
    with database.connect(settings, read_only=True) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return tuple(_row(row) for row in cursor.execute(statement).fetchall())


def _row(row: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in row.items())
