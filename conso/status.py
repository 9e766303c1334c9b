"""What `conso status` tells: one read of the warehouse, no heavy import."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from conso import database, journal
from conso.errors import DatabaseUnavailableError

if TYPE_CHECKING:
    from datetime import datetime

    from conso.settings import Settings

FRESHNESS = """
select source, last_measure_at_utc, rows_loaded, rows_quarantined, age_hours, limit_hours, is_late
from marts.mart_source_freshness order by source
"""
LAST_RUN = """
select r.run_id, r.command, r.source, r.status, r.started_at_utc, r.finished_at_utc,
       (select s.step || ': ' || s.error from ops.step s where s.run_id = r.run_id and s.error is not null limit 1)
from ops.run r order by r.started_at_utc desc limit 1
"""


def collect(settings: Settings) -> dict[str, Any]:
    """Figures for a person or, as JSON, for a program; instants are UTC.

    Raises:
        DatabaseUnavailableError: no server answers, so nothing can be told.
    """
    with database.connect(settings, read_only=True) as connection:
        has = dict(
            connection.execute(
                "select n, to_regclass(n) is not null from unnest(%s::text[]) as n",
                [["ops.warehouse", "marts.mart_source_freshness", "mlflow.registered_models"]],
            ).fetchall()
        )
        if not has["ops.warehouse"]:
            raise DatabaseUnavailableError(
                f"The database at {database.safe_url(settings)} holds nothing of conso yet.", "Run `conso up`."
            )
        warehouse = connection.execute("select world, source from ops.warehouse").fetchone()
        last = connection.execute(LAST_RUN).fetchone()
        sources = connection.execute(FRESHNESS).fetchall() if has["marts.mart_source_freshness"] else []
    clock = database.clock(settings)
    champion = None
    if has["mlflow.registered_models"]:
        from ml.status import champion_summary  # noqa: PLC0415

        champion = champion_summary(settings)
    return {
        "home": str(settings.home_dir),
        "database": database.safe_url(settings),
        "is_synthetic": None if warehouse is None else warehouse[0] == "demo",
        "source": None if warehouse is None else warehouse[1],
        "clock_utc": clock.now_utc,
        "clock_basis": clock.basis,
        "last_run": None if last is None else _named(LAST_RUN_NAMES, last),
        "sources": [_named(SOURCE_NAMES, row) for row in sources],
        "champion": champion,
        "running": {
            "run": journal.running(settings),
            "database_pid": database.embedded(settings).pid() if settings.uses_embedded_database else None,
            "serving": _serving(settings),
        },
        "site": str(settings.site_dir / "index.html") if (settings.site_dir / "index.html").exists() else None,
    }


LAST_RUN_NAMES = ("run_id", "command", "source", "status", "started_at_utc", "finished_at_utc", "error")
SOURCE_NAMES = (
    "source",
    "last_measure_at_utc",
    "rows_loaded",
    "rows_quarantined",
    "age_hours",
    "limit_hours",
    "is_late",
)


def _named(names: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(names, row, strict=True))


def _serving(settings: Settings) -> str | None:
    """Address of `conso serve` where something listens at the settings' port, else None."""
    try:
        socket.create_connection((settings.serve_host, settings.serve_port), timeout=0.2).close()
    except OSError:
        return None
    return f"http://{settings.serve_host}:{settings.serve_port}"


def print_status(found: dict[str, Any]) -> None:
    """Print what :func:`collect` found, times in Paris."""
    from rich.table import Table  # noqa: PLC0415

    from conso.console import stdout  # noqa: PLC0415

    if found["source"] is None:
        stdout.print(f"The warehouse in {found['home']} is empty. Fill it with `conso up --source demo|live|DIR`.")
        return
    kind = "[yellow]synthetic data[/]" if found["is_synthetic"] else "real data"
    stdout.print(f"[bold]{kind}[/] from {found['source']} in {found['database']}")
    basis = {"system": "the clock runs", "frozen": "CONSO_NOW", "data": "the data end there"}[found["clock_basis"]]
    stdout.print(f"now in this warehouse: {paris(found['clock_utc'])} ({basis})")
    table = Table("source", "newest measure", "age / limit", "rows", "quarantined", "", box=None, header_style="bold")
    for row in found["sources"]:
        age = "-" if row["age_hours"] is None else f"{_age(row['age_hours'])} / {row['limit_hours']:.0f} h"
        table.add_row(
            row["source"],
            paris(row["last_measure_at_utc"]),
            age,
            thousands(row["rows_loaded"]),
            thousands(row["rows_quarantined"]),
            "[red]late[/]" if row["is_late"] else "[green]fresh[/]" if row["age_hours"] is not None else "[dim]none[/]",
        )
    stdout.print(table)
    _print_model_and_runs(found)


def _age(hours: float) -> str:
    """``3 h``; for measures after now (forecasts, calendars) by how much they reach ahead, ``36 h ahead``."""
    return f"{hours:.0f} h" if hours >= 0 else f"{-hours:.0f} h ahead"


def _print_model_and_runs(found: dict[str, Any]) -> None:
    from conso.console import stdout  # noqa: PLC0415

    champion = found["champion"]
    stdout.print(f"[bold]champion[/]  {champion_line(champion) if champion else 'none yet: `conso train`'}")
    last = found["last_run"]
    if last:
        failed = f" — {last['error']}" if last["error"] else ""
        stdout.print(
            f"[bold]last run[/]  conso {last['command']}, {paris(last['started_at_utc'])}: {last['status']}{failed}",
            markup=True,
        )
    running = found["running"]
    labels = {"run": "run", "serving": "serving at", "database_pid": "PostgreSQL pid"}
    parts = [f"{label} {running[key]}" for key, label in labels.items() if running[key]]
    stdout.print(f"[bold]runs now[/]  {', '.join(parts) or 'nothing'}")
    stdout.print(f"[bold]site[/]      {found['site'] or 'not built yet: `conso report`'}")


def champion_line(champion: dict[str, Any]) -> str:
    """One line on the champion: version, when it was trained and its backtest beside RTE's."""
    line = f"version {champion['version']}"
    mae = champion.get("mae_mw") or {}
    if "ours" in mae and "rte_d1" in mae:
        line += f", backtest MAE {mae['ours']:,.0f} MW (RTE {mae['rte_d1']:,.0f} MW on the same hours)"
    return line


def paris(instant: datetime | None) -> str:
    """``Tue 31 Dec 2024 19:00`` in Paris time; ``-`` where there is none."""
    if instant is None:
        return "-"
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return f"{instant.astimezone(ZoneInfo('Europe/Paris')):%a %d %b %Y %H:%M} Paris"


def thousands(number: int | None) -> str:
    """``228 022``, with thin spaces; ``-`` where there is none."""
    return "-" if number is None else f"{number:,}".replace(",", "\u202f")
