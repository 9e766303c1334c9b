"""The steps `train` and `forecast`: warehouse in, warehouse and registry out."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conso import database
from conso.errors import ConsoError
from conso.steps import StepResult
from ml import days as civil
from ml import gate, inputs, predict, pyfunc, registry, store, training
from ml.forest import ForestSpec

if TYPE_CHECKING:
    import pandas as pd

    from conso.settings import Settings
    from conso.steps import Clock, StepContext
    from ml.gate import Decision
    from ml.inputs import Inputs
    from ml.training import Trained

MODEL_TITLE = "conso-day-ahead"


# -- train ----------------------------------------------------------------------------------------------------------


def train(context: StepContext) -> StepResult:
    """Backtest, fit and register a version on all that is known at the clock; skipped where that was done before.

    Raises:
        ConsoError: too little history, or marts that are not there.
    """
    began = time.monotonic()
    settings = context.settings
    clock = database.clock(settings)
    target_day = civil.newest_target_day(clock.now_utc)
    context.progress("reading the marts")
    known = inputs.read(settings).as_known_at(clock.now_utc)
    fingerprint = training.fingerprint(known, target_day)
    entry = registry.with_fingerprint(settings, fingerprint)
    if entry is not None and _is_finished(settings, entry):
        return _unchanged(settings, entry, time.monotonic() - began)

    trained = training.train(known, target_day, ForestSpec(), settings.cache_dir / "ml", context.progress)
    current = registry.champion(settings)
    decision = _decide(settings, trained, current, entry)
    if entry is None:
        context.progress("registering in MLflow")
        entry = _register(settings, trained, known, fingerprint, decision)
    if decision.promoted:
        registry.move_alias(settings, entry.version)
    store.write_backtest(
        settings,
        fingerprint,
        trained.forecasts,
        model_name=MODEL_TITLE,
        model_version=entry.version,
        is_synthetic=known.is_synthetic,
        scores=trained.scores,
        is_current=decision.promoted,
    )
    said = "is the champion" if decision.promoted else "is not promoted"
    figures = _train_figures(entry.version, trained.metadata, f"version {entry.version} {said}: {decision.reason}")
    figures |= {"promoted": decision.promoted, "comparison": decision.figures, "seconds": _since(began)}
    return StepResult(_train_summary(figures), figures)


def _is_finished(settings: Settings, entry: registry.Entry) -> bool:
    return registry.champion(settings) is not None and store.has_backtest(settings, entry.backtest_id)


def _decide(
    settings: Settings, trained: Trained, current: registry.Entry | None, entry: registry.Entry | None
) -> Decision:
    ours = trained.forecasts[trained.forecasts["model_name"] == "ours"]
    if current is None or (entry is not None and current.version == entry.version):
        return gate.decide(trained.scores, ours, None, None)
    recorded = store.read_backtest(settings, current.backtest_id, "ours")
    return gate.decide(trained.scores, ours, recorded, current.version)


def _register(
    settings: Settings, trained: Trained, known: Inputs, fingerprint: str, decision: Decision
) -> registry.Entry:
    metadata = trained.metadata
    metrics = {f"{model}_{name}": value for model, score in trained.scores.items() for name, value in score.items()}
    record = registry.Record(
        fingerprint=fingerprint,
        backtest_id=fingerprint,
        params={**ForestSpec().as_parameters(), "features_ours": len(metadata["features"]["ours"])},
        metrics=metrics,
        tags={
            "data_first_day": metadata["trained_from"],
            "data_last_day": metadata["trained_until"],
            "data_sha256": known.checksum(),
            "code_sha256": training.code_version(),
            "is_synthetic": str(metadata["is_synthetic"]).lower(),
            "libraries": json.dumps(metadata["libraries"], sort_keys=True),
            "gate": f"{'promoted' if decision.promoted else 'kept out'}: {decision.reason}",
        },
        files={**trained.files, "MLmodel": pyfunc.mlmodel(metadata["python"])},
        notes={
            "scores.json": json.dumps(trained.scores, indent=2),
            "importances.json": json.dumps(trained.importances, indent=2),
        },
    )
    with tempfile.TemporaryDirectory(prefix="conso-train-") as work_dir:
        return registry.register(settings, record, Path(work_dir))


def _unchanged(settings: Settings, entry: registry.Entry, seconds: float) -> StepResult:
    metadata = predict.load_version(settings, entry).metadata
    current = registry.champion(settings)
    champion = entry.version if current is None else current.version
    same = "the champion" if champion == entry.version else f"not promoted; champion is version {champion}"
    figures = _train_figures(
        entry.version, metadata, f"version {entry.version} was trained on the same data before ({same})"
    )
    figures |= {"promoted": champion == entry.version, "seconds": round(seconds, 2)}
    return StepResult(_train_summary(figures), figures, changed=False)


def _train_figures(version: str, metadata: dict[str, Any], decision: str) -> dict[str, Any]:
    scored = metadata["scores"]
    return {
        "model": MODEL_TITLE,
        "version": version,
        "decision": decision,
        "data_first_day": metadata["trained_from"],
        "data_last_day": metadata["trained_until"],
        "first_day": metadata["backtest_first_day"],
        "last_day": metadata["backtest_last_day"],
        "hours": int(scored["ours"]["hours"]),
        "scores": scored,
        "coverage_80_pct": {
            model: scored[model].get("coverage_80_pct") for model in metadata["models"] if model in scored
        },
    }


def _train_summary(figures: dict[str, Any]) -> str:
    scored = figures["scores"]
    parts = [f"MAE {scored['ours']['mae_mw']:.0f} MW"]
    if "combined" in scored:
        parts.append(f"{scored['combined']['mae_mw']:.0f} MW combined with RTE's")
    if "rte_d1" in scored:
        parts.append(f"RTE {scored['rte_d1']['mae_mw']:.0f} MW")
    return f"{', '.join(parts)} on the same {figures['hours']} hours; {figures['decision']}"


def _since(began: float) -> float:
    return round(time.monotonic() - began, 2)


# -- forecast -------------------------------------------------------------------------------------------------------


def forecast(context: StepContext) -> StepResult:
    """Issue the newest day-ahead forecast that the clock allows, once; a second call changes nothing."""
    context.progress("forecasting")
    clock = database.clock(context.settings)
    return issue(context.settings, civil.newest_target_day(clock.now_utc), clock)


def issue(settings: Settings, day: date, clock: Clock | None = None) -> StepResult:
    """Issue and freeze the forecast of Paris day ``day``, as of the day before at 12:00 Paris.

    Raises:
        ConsoError: there is no champion, the issue time lies ahead, or inputs without which nothing goes are missing.
    """
    began = time.monotonic()
    clock = database.clock(settings) if clock is None else clock
    issued_at = civil.issue_time(day)
    if issued_at > clock.now_utc:
        raise ConsoError(
            f"The forecast of {day} is issued at {issued_at:%Y-%m-%dT%H:%MZ}; it is only "
            f"{clock.now_utc:%Y-%m-%dT%H:%MZ}.",
            "Wait until then, or ask for an earlier day.",
        )
    written = 0
    rows = _frozen(settings, day)
    if not {"ours", "combined"} <= set(rows["model_name"]):
        champion = predict.load_champion(settings)
        issued = predict.forecast_day(settings, champion, day)
        written = store.freeze(settings, issued.values(), max(clock.now_utc, issued_at))
        rows = _frozen(settings, day)
    figures = _forecast_figures(settings, day, rows) | {"rows_written": written, "seconds": _since(began)}
    return StepResult(_forecast_summary(figures, clock), figures, changed=written > 0)


def _day_bounds(day: date) -> tuple[datetime, datetime]:
    begin, end = (
        datetime(d.year, d.month, d.day, tzinfo=civil.PARIS).astimezone(UTC) for d in (day, day + timedelta(days=1))
    )
    return begin, end


def _frozen(settings: Settings, day: date) -> pd.DataFrame:
    return store.frozen(settings, civil.issue_time(day), *_day_bounds(day))


def _forecast_figures(settings: Settings, day: date, rows: pd.DataFrame) -> dict[str, Any]:
    ours = rows[rows["model_name"] == "ours"].reset_index(drop=True)
    combined = rows[rows["model_name"] == "combined"].reset_index(drop=True)
    peak = ours.iloc[int(ours["p50_mw"].to_numpy().argmax())]
    figures = {
        "target_day": day.isoformat(),
        "issued_at_utc": civil.issue_time(day).isoformat(),
        "model_version": str(peak["model_version"]),
        "hours": len(ours),
        "peak_mw": round(float(peak["p50_mw"]), 1),
        "peak_hour_paris": f"{peak['target_start_utc'].astimezone(civil.PARIS):%H:%M}",
        "peak_p10_mw": round(float(peak["p10_mw"]), 1),
        "peak_p90_mw": round(float(peak["p90_mw"]), 1),
        "combined_peak_mw": None if combined.empty else round(float(combined["p50_mw"].max()), 1),
        "rte_peak_mw": _rte_peak(settings, day),
        "degraded": peak["degraded"],
    }
    if not combined.empty and combined["degraded"].iloc[0] != peak["degraded"]:
        figures["combined_degraded"] = combined["degraded"].iloc[0]
    return figures


def _rte_peak(settings: Settings, day: date) -> float | None:
    with database.connect(settings, read_only=True) as connection:
        row = connection.execute(
            """select max(forecast_rte_d1_mw) from marts.fct_national_hourly
               where date_paris = %s and forecast_rte_d1_known_at_utc <= %s""",
            [day, civil.issue_time(day)],
        ).fetchone()
    return None if row is None or row[0] is None else round(float(row[0]), 1)


def _forecast_summary(figures: dict[str, Any], clock: Clock) -> str:
    day = date.fromisoformat(figures["target_day"])
    text = (
        f"{day:%a %d %b %Y}: peak {figures['peak_mw']:.0f} MW at {figures['peak_hour_paris']} Paris "
        f"({figures['peak_p10_mw']:.0f} to {figures['peak_p90_mw']:.0f} MW)"
    )
    if day == clock.now_utc.astimezone(civil.PARIS).date():
        text += "; today's, tomorrow's is issued at 12:00 Paris"
    return text if figures["degraded"] is None else f"{text}; degraded: {figures['degraded']}"
