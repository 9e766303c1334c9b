"""Backtest of whole years beside RTE's day-ahead forecast, from the warehouse in CONSO_HOME.

    CONSO_HOME=... python benchmarks/forecast.py 2022 2023 2024 [--json]

Hourly, issued the day before at 12:00 Paris, the forest refitted every two months on nothing but the past, all models
on the same hours, real-time level against real-time level. The stages of our forecast are scored one by one.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from conso import database
from conso.settings import load_settings
from ml import backtest, features, inputs, panel, scores, stream, training
from ml import days as civil
from ml.backtest import Span
from ml.forest import ForestSpec

if TYPE_CHECKING:
    import pandas as pd

    from ml.backtest import Backtest
    from ml.days import Grid
    from ml.stream import Stream

STAGES = {
    "middle filter": "one drifting regression on calendar and weather",
    "three filters": "mean of three speeds",
    "linear": "corrected by recent errors",
    "ours": "with the forest",
    "linear with RTE": "linear, RTE's forecast as a regressor",
    "combined": "with the forest",
    "rte_d1": "RTE, day ahead",
    "naive_d7": "a week before",
}


def stages(run: Stream) -> dict[str, Grid]:
    """Forecasts in GW of what precedes the forest, taken apart from the forest's rows."""
    column = dict(zip(features.names("ours"), np.moveaxis(run.rows["ours"], 2, 0) / features.MW_PER_GW, strict=True))
    mean = run.linear_gw["ours"] - column["correction_mw"]
    return {
        "middle filter": mean - (column["slow_filter_mw"] + column["fast_filter_mw"]) / 3,
        "three filters": mean,
        "linear": run.linear_gw["ours"],
        "linear with RTE": run.linear_gw["combined"],
    }


def coverage(forecasts: pd.DataFrame) -> dict[str, list[float]]:
    """Lowest and highest coverage of the 80 % interval of `ours` by month and by hour of the day, in %."""
    ours = forecasts[(forecasts["model_name"] == "ours") & forecasts["observed_mw"].notna()]
    inside = (ours["observed_mw"] >= ours["p10_mw"]) & (ours["observed_mw"] <= ours["p90_mw"])
    paris = ours["target_start_utc"].dt.tz_convert(civil.PARIS)
    by = {"month": inside.groupby(paris.dt.month).mean() * 100, "hour": inside.groupby(paris.dt.hour).mean() * 100}
    return {name: [round(float(values.min()), 1), round(float(values.max()), 1)] for name, values in by.items()}


def year_of(run: Stream, history: Span, year: int) -> dict[str, Any]:
    """Scores of one year; it is cut to the days that have ``BURN_IN_DAYS`` of history before them."""
    began = time.monotonic()
    burnt = history.first + timedelta(days=backtest.BURN_IN_DAYS)
    span = Span(max(date(year, 1, 1), burnt + timedelta(days=60)), min(date(year, 12, 31), history.last))
    tested: Backtest = backtest.run(
        run,
        span,
        first_learnt=run.panel.index_of(burnt),
        spec=ForestSpec(),
        cache_dir=None,
        progress=lambda *_: None,
    )
    tested.p50_gw.update(stages(run))
    forecasts = tested.forecasts()
    return {
        "first_day": span.first.isoformat(),
        "last_day": span.last.isoformat(),
        "history_days": (span.first - history.first).days,
        "scores": scores.score(forecasts),
        "coverage_80_pct_range": coverage(forecasts),
        "seconds": round(time.monotonic() - began, 1),
    }


def table(found: dict[str, Any]) -> str:
    """The year as text."""
    scored = found["scores"]
    reference = scored["rte_d1"]["mae_mw"]
    hours = scored["rte_d1"]["hours"]
    days = f"{found['first_day']} to {found['last_day']}, {hours:.0f} hours"
    head = f"{'':18}{'MAE MW':>8}{'RMSE MW':>9}{'MAPE %':>8}{'bias MW':>9}{'MAE/RTE':>9}"
    lines = [
        f"{days}, {found['history_days']} days of history before, {found['seconds']:.0f} s",
        f"{head}{'80 % covers':>13}{'width MW':>10}",
    ]
    for name, title in STAGES.items():
        score = scored.get(name)
        if score is None:
            continue
        line = f"{name:18}{score['mae_mw']:8.0f}{score['rmse_mw']:9.0f}{score['mape_pct']:8.2f}{score['bias_mw']:9.0f}"
        line += f"{score['mae_mw'] / reference:9.3f}"
        if "coverage_80_pct" in score:
            line += f"{score['coverage_80_pct']:13.1f}{score['width_80_mw']:10.0f}"
        lines.append(f"{line}   {title}" if "coverage_80_pct" in score else f"{line:84}   {title}")
    month, hour = (found["coverage_80_pct_range"][name] for name in ("month", "hour"))
    lines.append(f"80 % interval of ours by month {month[0]} to {month[1]} %, by hour of day {hour[0]} to {hour[1]} %")
    return "\n".join(lines)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("years", nargs="*", type=int, default=[2024])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    settings = load_settings()
    database.start(settings)
    clock = database.clock(settings)
    target_day = civil.newest_target_day(clock.now_utc)
    known = inputs.read(settings).as_known_at(clock.now_utc)
    history = training.history_of(known, target_day)
    began = time.monotonic()
    run = stream.build(panel.build(known, history.first - timedelta(days=1), history.last))
    linear_s = time.monotonic() - began
    found = {str(year): year_of(run, history, year) for year in asked.years}
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if asked.json:
        print(json.dumps({"years": found, "linear_stage_s": round(linear_s, 2), "peak_memory_mib": round(memory_mib)}))
        return
    print(f"{'SYNTHETIC data; ' if known.is_synthetic else ''}linear stage of {history.days} days: {linear_s:.1f} s")
    for year in found.values():
        print(f"\n{table(year)}")
    print(f"\npeak memory {memory_mib:.0f} MiB")


if __name__ == "__main__":
    main()
