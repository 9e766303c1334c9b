"""The step from raw to marts: dbt once, and only where something changed."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from conso import database, fingerprint
from conso.errors import ConsoError
from conso.steps import StepContext, StepResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from conso.settings import Settings

FUSED_MART = "fct_national_hourly"
PROJECT_FILES = ("*.sql", "*.yml", "*.csv", "*.md")
FORECAST_TABLES = ("forecast", "backtest_run", "backtest_forecast")
DOWNSTREAM_OF_FORECASTS = tuple(f"source:{fingerprint.OUR_OWN_SOURCE}.{table}+" for table in FORECAST_TABLES)
"""dbt's selection of the models, and their tests, that our own forecasts flow into."""

STATE_DDL = """
create table if not exists ops.transform_state (
  singleton      boolean primary key default true check (singleton),
  project        text not null,
  tables         jsonb not null,
  figures        jsonb not null,
  built_at_utc   timestamptz not null default now()
);
comment on table ops.transform_state is 'One row: what the marts were last built from; none while they are being built'
"""


@dataclass(frozen=True)
class _State:
    """What the marts were, or would be, built from: the project, and the tables of raw by name."""

    project: str
    tables: dict[str, str]

    def differs(self, other: _State | None, tables: Sequence[str]) -> bool:
        """True where a build of what flows from ``tables`` could give something else than ``other`` did."""
        if other is None or self.project != other.project:
            return True
        return any(self.tables[table] != other.tables.get(table) for table in tables)


def run(context: StepContext) -> StepResult:
    """Bring staging, intermediate and marts up to date with raw; tests run along the way.

    Where neither raw nor the project nor the year changed since the last build, and the marts stand as it left them,
    nothing is done. Where only forecasts changed, only what flows from them is built; where raw changed, only the hours
    that its new and revised rows touch are computed anew in the models with long history.

    Raises:
        ConsoError: nothing was ever ingested, or a model or test failed (see ``conso.dbt_build.build``).
    """
    settings = context.settings
    now, last, figures = _look(settings)
    rest = [table for table in now.tables if table not in FORECAST_TABLES]
    if last is None or now.project != last.project or not _marts_stand(settings, figures):
        return _build(context, now, (), full_refresh=True)
    if now.differs(last, rest):
        return _build(context, now, ())
    if now.differs(last, FORECAST_TABLES):
        return _build(context, now, DOWNSTREAM_OF_FORECASTS)
    return StepResult(f"marts are up to date: {_describe(figures)}", figures, changed=False)


def refresh_forecasts(context: StepContext) -> StepResult:
    """Bring the marts of forecasts and backtests up to date, after new ones were written to raw.

    Raises:
        ConsoError: the other marts were never built, or a model or test failed.
    """
    now, last, figures = _look(context.settings)
    if last is None or not _marts_stand(context.settings, figures):
        return run(context)
    if now.differs(last, FORECAST_TABLES):
        # The other tables may have changed since: they stay as they were last built, and so does their fingerprint.
        kept = {**last.tables, **{table: now.tables[table] for table in FORECAST_TABLES}}
        return _build(context, _State(last.project, kept), DOWNSTREAM_OF_FORECASTS)
    return StepResult("marts of forecasts are up to date", figures, changed=False)


def _build(context: StepContext, state: _State, select: Sequence[str], *, full_refresh: bool = False) -> StepResult:
    from conso.dbt_build import build  # noqa: PLC0415 - heavy

    started = time.monotonic()
    settings = context.settings
    with database.connect(settings) as connection:  # a build that is cut short leaves no state: the next one is whole
        connection.execute("delete from ops.transform_state")
    done = build(settings, context.progress, select, full_refresh=full_refresh)
    context.progress("counting rows")
    with database.connect(settings) as connection:
        figures = {
            "models": done.models,
            "tests": {"passed": done.tests_passed, "failed": 0, "warned": done.tests_warned},
            "warnings": list(done.warnings),
            **_count(connection),
            "seconds": round(time.monotonic() - started, 1),
        }
        connection.execute(
            "insert into ops.transform_state (project, tables, figures) values (%s, %s, %s)",
            [state.project, json.dumps(state.tables), json.dumps(figures)],
        )
    warned = f", {done.tests_warned} warned: {'; '.join(done.warnings)}" if done.warnings else ""
    summary = f"{done.models} models built, {done.tests_passed} tests passed{warned}; {_describe(figures)}"
    return StepResult(summary, figures)


def _look(settings: Settings) -> tuple[_State, _State | None, dict[str, Any]]:
    """The state that raw is in, the one that the marts were last built from, and the figures of that build."""
    tables = [*fingerprint.published_tables(), *fingerprint.own_tables()]
    project = _project_fingerprint(settings)
    with database.connect(settings) as connection:
        absent = fingerprint.missing(connection, tables)
        if absent:
            raise ConsoError(
                f"Nothing was ever ingested here: {', '.join('raw.' + name for name in absent)} do not exist.",
                "Run `conso ingest --source demo|live|DIR` first.",
            )
        connection.execute(STATE_DDL)
        now = _State(project, fingerprint.of_tables(connection, tables))
        row = connection.execute("select project, tables, figures from ops.transform_state").fetchone()
    return now, None if row is None else _State(row[0], row[1]), {} if row is None else row[2]


def _project_fingerprint(settings: Settings) -> str:
    """What the marts depend on besides raw: the project's files, dbt itself, the world, and the year of the clock.

    The calendar reaches to the end of next year, and a frozen clock is written into the view of freshness; else the
    hour does not matter.
    """
    from importlib.metadata import version  # noqa: PLC0415

    year = database.clock(settings).now_utc.astimezone(ZoneInfo("Europe/Paris")).year
    parts = [
        fingerprint.of_files(fingerprint.WAREHOUSE_DIR, *PROJECT_FILES),
        version("dbt-core"),
        version("dbt-postgres"),
        str(database.world(settings)),
        str(year),
        str(settings.now),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _marts_stand(settings: Settings, figures: dict[str, Any]) -> bool:
    """True where every mart holds as many rows as the last build left in it."""
    import psycopg  # noqa: PLC0415

    wanted = figures.get("rows")
    if not wanted:
        return False
    try:
        with database.connect(settings, read_only=True) as connection:
            return bool(_rows(connection) == wanted)
    except psycopg.errors.UndefinedTable:
        return False


def _rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Number of rows of each mart."""
    from psycopg import sql  # noqa: PLC0415

    names = connection.execute(
        """select relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
           where nspname = 'marts' and relkind in ('r', 'p', 'v', 'm') order by relname"""
    ).fetchall()
    counts = {}
    for (name,) in names:
        row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("marts", name))).fetchone()
        counts[name] = 0 if row is None else row[0]
    return counts


def _count(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Rows of each mart, and how many civil days of the fused mart have 23, 24 and 25 hours."""
    rows = _rows(connection)
    days = connection.execute(
        f"""select hours, count(*) from (
              select count(*) as hours from marts.{FUSED_MART} group by date_paris
            ) as days where hours in (23, 24, 25) group by hours order by hours"""  # noqa: S608 - a name of our own
    ).fetchall()
    return {
        "rows": rows,
        "fused_rows": rows[FUSED_MART],
        "days": {f"{hours}_hours": count for hours, count in days},
    }


def _describe(figures: dict[str, Any]) -> str:
    days = ", ".join(f"{count:,} of {name[:2]} h" for name, count in figures["days"].items())
    return f"{figures['fused_rows']:,} hours in the fused mart (days: {days or 'none'})"
