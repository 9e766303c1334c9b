"""What `conso up` says at its end: what happened, how good it is, where to look, what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.table import Table

from conso.console import stdout
from conso.status import thousands

if TYPE_CHECKING:
    from conso.pipeline import Outcome
    from conso.settings import Settings

MODEL_TITLES = {
    "ours": "ours",
    "combined": "ours combined with RTE's",
    "rte_d1": "RTE's day-ahead forecast",
    "naive_d7": "same hour 7 days before",
}


def print_summary(settings: Settings, source: str, outcome: Outcome) -> None:
    """Print the summary of a finished run; instants in Paris time."""
    figures = outcome.figures()
    seconds = sum(outcome.seconds.values())
    stdout.print()
    stdout.print(_rows_table(figures["ingest"]))
    stdout.print(_facts(figures))
    stdout.print(_scores_table(figures["train"]))
    for line in _warnings(figures):
        stdout.print(f"[yellow]![/] {line}", markup=True)
    state = f"done in {seconds:.0f} s" if outcome.changed else f"nothing new, checked in {seconds:.0f} s"
    synthetic = "[yellow]Synthetic data: made by the demo's generator.[/]\n" if source == "demo" else ""
    stdout.print(
        Panel.fit(
            f"{synthetic}[bold]Site[/]   {settings.site_dir / 'index.html'}\n"
            f"[bold]Next[/]   conso serve     forecasts, API and site on http://{settings.serve_host}:{settings.serve_port}\n"
            f"       conso status    what is loaded and how fresh it is\n"
            f"       cd warehouse && dbt build",
            title=f"conso up: {state}",
        )
    )


def _rows_table(ingest: dict[str, Any]) -> Table:
    table = Table("raw table", "from", "to", box=None, header_style="bold")
    for name in ("rows", "new", "quarantined"):
        table.add_column(name, justify="right")
    for name, counts in ingest["tables"].items():
        table.add_row(
            name,
            _day(counts["first"]),
            _day(counts["last"]),
            thousands(counts["rows"]),
            thousands(counts["new"]),
            thousands(counts["quarantined"]),
        )
    return table


def _day(instant: str | None) -> str:
    return "-" if instant is None else instant[:10]


def _facts(figures: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    check, transform, train, forecast = (figures[name] for name in ("check", "transform", "train", "forecast"))
    table.add_row("[bold]checks[/]", f"{check['met']} of {check['expectations']} expectations met on raw")
    tests = transform["tests"]
    table.add_row(
        "[bold]warehouse[/]",
        f"{tests['passed']} dbt tests passed, {thousands(transform['fused_rows'])} hours in marts.fct_national_hourly",
    )
    table.add_row("[bold]model[/]", train["summary"])
    table.add_row("[bold]tomorrow[/]", forecast_line(forecast))
    return table


def forecast_line(forecast: dict[str, Any]) -> str:
    """``Wed 15 Apr 2026: peak 52 310 MW at 12:00 Paris, 80 % interval 50 900 to 53 700 MW (RTE 52 500 MW)``."""
    day = datetime.fromisoformat(forecast["target_day"])
    line = (
        f"{day:%a %d %b %Y}: peak {thousands(round(forecast['peak_mw']))} MW at {forecast['peak_hour_paris']} Paris, "
        f"80 % interval {thousands(round(forecast['peak_p10_mw']))} to {thousands(round(forecast['peak_p90_mw']))} MW"
    )
    if forecast.get("rte_peak_mw") is not None:
        line += f" (RTE's peak: {thousands(round(forecast['rte_peak_mw']))} MW)"
    return line


def _scores_table(train: dict[str, Any]) -> Table:
    table = Table(f"backtest {train['first_day']} to {train['last_day']}, same hours", box=None, header_style="bold")
    for name in ("MAE MW", "RMSE MW", "MAPE %", "MAE / RTE's"):
        table.add_column(name, justify="right")
    reference = train["scores"].get("rte_d1", {}).get("mae_mw")
    for model, title in MODEL_TITLES.items():
        if (score := train["scores"].get(model)) is None:
            continue
        table.add_row(
            title,
            thousands(round(score["mae_mw"])),
            thousands(round(score["rmse_mw"])),
            f"{score['mape_pct']:.2f}",
            f"{score['mae_mw'] / reference:.2f}" if reference else "-",
        )
    return table


def _warnings(figures: dict[str, Any]) -> list[str]:
    ingest = figures["ingest"]
    lines = [f"{problem['cause']} {problem['remedy']}" for problem in ingest.get("problems", [])]
    lines += [f"not recognised: {name}" for name in ingest.get("unrecognised", [])]
    lines += list(ingest.get("notes", []))
    lines += [warning["found"] for warning in figures["check"].get("warnings", [])]
    if figures["forecast"].get("degraded"):
        lines.append(f"forecast with degraded inputs: {figures['forecast']['degraded']}")
    return [line.replace("[", "\\[") for line in lines]
