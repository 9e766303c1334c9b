"""dbt in this process: a build of the project in ``warehouse/``, its progress, results and failures explained."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conso import database
from conso.errors import ConsoError
from conso.fingerprint import WAREHOUSE_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dbt.contracts.graph.manifest import Manifest

    from conso.settings import Settings
    from conso.steps import Progress

EXAMPLE_ROWS = 5
EXPLAINED_FAILURES = 3
FAILED = {"error", "fail", "runtime error"}
LOG_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Build:
    """What a build did, in numbers of nodes."""

    models: int
    tests_passed: int
    tests_warned: int
    warnings: tuple[str, ...]


def build(settings: Settings, progress: Progress, select: Sequence[str] = (), *, full_refresh: bool = False) -> Build:
    """Run ``dbt build`` on the whole project, or on what ``select`` (dbt's node selection) names.

    Models with long history compute only the hours that new and revised rows of raw touch, unless ``full_refresh``.

    dbt's unit tests are left out: their inputs are fixed, so they test the code and not the data; they run with the
    project's tests, and with a plain ``dbt build`` in ``warehouse/``.

    Raises:
        ConsoError: a model or a test failed: names it, the cause, and up to five offending rows of a test.
        KeyboardInterrupt: the build was interrupted; each model is whole, either the old or the new one.
    """
    progress("dbt: reading the project")
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - takes two seconds

    with _environment(settings):
        manifest = _parse(settings)
        arguments = ["build", "--exclude-resource-type", "unit_test", *_options(settings)]
        if select:
            arguments += ["--select", *select]
        if full_refresh:
            arguments.append("--full-refresh")
        outcome = dbtRunner(manifest=manifest, callbacks=[_Reporter(progress)]).invoke(arguments)
    if outcome.exception is not None:
        raise _unable(settings, outcome.exception)
    results = list(outcome.result.results)
    failures = [result for result in results if str(result.status) in FAILED]
    if failures:
        raise _failure(settings, failures, skipped=sum(str(result.status) == "skipped" for result in results))
    warned = [result for result in results if str(result.status) == "warn"]
    return Build(
        models=sum(result.node.resource_type in {"model", "seed"} for result in results),
        tests_passed=sum(str(result.status) == "pass" for result in results),
        tests_warned=len(warned),
        warnings=tuple(f"{result.node.name}: {result.message}" for result in warned),
    )


def _parse(settings: Settings) -> Manifest:
    """The project's manifest; dbt keeps it in the cache and reads again only files that changed."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    outcome = dbtRunner().invoke(["parse", "--no-write-json", *_options(settings)])
    if outcome.exception is not None:
        raise _unable(settings, outcome.exception)
    return outcome.result


def target_dir(settings: Settings) -> Path:
    """Where dbt keeps its compiled SQL, manifest and run results."""
    return settings.cache_dir / "dbt"


def log_dir(settings: Settings) -> Path:
    """Where dbt writes ``dbt.log``."""
    return settings.log_dir / "dbt"


def _options(settings: Settings) -> list[str]:
    return [
        *("--project-dir", str(WAREHOUSE_DIR), "--profiles-dir", str(WAREHOUSE_DIR)),
        *("--target-path", str(target_dir(settings)), "--log-path", str(log_dir(settings))),
        *("--log-level", "none", "--log-level-file", "info"),
        *("--no-print", "--no-use-colors", "--no-use-colors-file", "--no-version-check"),
    ]


@contextlib.contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """The environment that the project's profile and macros read, made from the settings for the time of a build."""
    wanted = {"CONSO_DATABASE_URL": database.url(settings), "CONSO_NOW": settings.now}
    before = {name: os.environ.get(name) for name in wanted}
    try:
        _set_environment(wanted)
        yield
    finally:
        _set_environment(before)


def _set_environment(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class _Reporter:
    """Counts finished nodes; dbt calls it from several threads."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._done = 0
        self._total: int | None = None

    def __call__(self, event: Any) -> None:
        name = event.info.name
        with self._lock:
            if name == "LogStartLine":
                self._total = event.data.total
            elif name == "NodeFinished":
                self._done += 1
                node = event.data.node_info
                self._progress(f"dbt: {node.resource_type} {node.node_name}", self._done, self._total)


def _unable(settings: Settings, error: BaseException) -> ConsoError:
    """Why dbt could not even begin."""
    if isinstance(error, KeyboardInterrupt):
        raise error
    return ConsoError(
        f"dbt could not build the project in {WAREHOUSE_DIR}: {_plain(str(error))}",
        f"See {log_dir(settings) / 'dbt.log'}; `cd warehouse && dbt debug` tells more.",
    )


def _failure(settings: Settings, failures: list[Any], skipped: int) -> ConsoError:
    causes = [_explain(settings, result) for result in failures[:EXPLAINED_FAILURES]]
    if len(failures) > EXPLAINED_FAILURES:
        names = ", ".join(result.node.name for result in failures[EXPLAINED_FAILURES:])
        causes.append(f"Failed as well: {names}.")
    if skipped:
        causes.append(f"{skipped} nodes that depend on this were skipped and still stand as they were.")
    name = failures[0].node.name
    return ConsoError(
        "\n".join(causes),
        f"Look at the rows above in their source, or at the SQL ({target_dir(settings)}); "
        f"then `conso transform` again, or `cd warehouse && dbt build --select {name}`.",
    )


def _explain(settings: Settings, result: Any) -> str:
    node = result.node
    if node.resource_type == "test" and result.failures:
        tested = getattr(node, "attached_node", None) or (node.depends_on.nodes or [""])[0]
        of_what = f" of {tested.rpartition('.')[2]}" if tested else ""
        rows = "\n".join(f"  {row}" for row in _offending_rows(settings, node.compiled_code))
        return f"dbt test `{node.name}`{of_what} failed: {result.failures} rows break it, such as\n{rows}"
    return f"dbt {node.resource_type} `{node.name}` failed: {_plain(result.message or str(result.status))}"


def _offending_rows(settings: Settings, compiled_sql: str) -> list[str]:
    from psycopg.rows import dict_row  # noqa: PLC0415

    with (
        database.connect(settings, read_only=True) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        query = f"select * from ({compiled_sql}\n) as offending limit {EXAMPLE_ROWS}"  # noqa: S608 - dbt's own query
        rows = cursor.execute(query).fetchall()
    return [", ".join(f"{key}={value}" for key, value in row.items() if value is not None) for row in rows]


def _plain(message: str) -> str:
    return " ".join(LOG_COLOURS.sub("", message).split())
