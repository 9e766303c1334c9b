"""From inputs to a version: backtest, final fit, metadata. No database, no registry."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from conso.errors import ConsoError
from ml import backtest, features, forest, intervals, panel, scores, stream
from ml import days as civil
from ml.backtest import MODELS, Backtest, Span
from ml.days import PARIS
from ml.predict import Champion

if TYPE_CHECKING:
    import pandas as pd

    from conso.steps import Progress
    from ml.inputs import Inputs
    from ml.panel import Panel
    from ml.stream import Stream

CHECKPOINT_DAYS = stream.WARM_UP_DAYS + 5
"""The filters' states are kept as of so many days before the end of training: later rows are computed anew."""
RESIDUAL_DAYS = 400
SOURCES = (
    "backtest.py",
    "days.py",
    "design.py",
    "features.py",
    "filters.py",
    "forest.py",
    "intervals.py",
    "panel.py",
    "predict.py",
    "recent.py",
    "stream.py",
    "training.py",
)
"""Modules that a version depends on: a change in any of them makes another model."""
LIBRARIES = ("numpy", "pandas", "scikit-learn", "skl2onnx", "onnxruntime")


@dataclass(frozen=True)
class Trained:
    """A version that is not registered yet."""

    backtest: Backtest
    forecasts: pd.DataFrame
    scores: dict[str, dict[str, float]]
    files: dict[str, bytes] = field(repr=False)
    metadata: dict[str, Any]
    importances: dict[str, dict[str, float]]


def code_version() -> str:
    """SHA-256 over the source of all modules that a version depends on, and over the libraries' versions."""
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update(name.encode() + (Path(__file__).with_name(name)).read_bytes())
    for name in LIBRARIES:
        digest.update(f"{name} {version_of(name)}".encode())
    return digest.hexdigest()


def fingerprint(known: Inputs, target_day: date) -> str:
    """What a version is made of: data known, code, libraries, and the day that it would forecast next."""
    text = f"{known.checksum()} {code_version()} {target_day}"
    return hashlib.sha256(text.encode()).hexdigest()


def history_of(known: Inputs, target_day: date) -> Span:
    """First and last Paris day with both load and weather; the last is whole at the issue time for ``target_day``.

    Raises:
        ConsoError: there is none.
    """
    load = known.national.loc[known.national["load_realtime_mw"].notna(), "hour_start_utc"]
    weather = known.weather["hour_start_utc"]
    if load.empty or weather.empty:
        raise ConsoError(
            "No real-time load or no weather was known at the clock of this warehouse.",
            "Ingest ENTSO-E or éCO2mix load and Open-Meteo weather, then `conso transform`.",
        )
    first = max(_paris_day(load.min()), _paris_day(weather.min())) + timedelta(days=1)
    last = min(_paris_day(load.max()), _paris_day(weather.max()), target_day - timedelta(days=2))
    return Span(first, last)


def _paris_day(instant: pd.Timestamp) -> date:
    return instant.tz_convert(PARIS).date()


def train(
    known: Inputs, target_day: date, spec: forest.ForestSpec, cache_dir: Path | None, progress: Progress
) -> Trained:
    """Backtest and fit on what is in ``known``; the same inputs give the same version, byte for byte.

    Args:
        known: what was known at the clock.
        target_day: Paris day that will be forecast next; training ends two days before it.
        spec: parameters of the forest.
        cache_dir: where folds of earlier backtests are kept, None for nowhere.
        progress: told what is being done.

    Raises:
        ConsoError: too little history.
    """
    history = history_of(known, target_day)
    span = backtest.span_of(history)
    progress("features and linear stage")
    laid_out = panel.build(known, history.first - timedelta(days=1), history.last)
    checkpoint_day = history.last - timedelta(days=CHECKPOINT_DAYS)
    run = stream.build(laid_out, save_at=checkpoint_day)
    first_learnt = laid_out.index_of(history.first + timedelta(days=backtest.BURN_IN_DAYS))
    tested = backtest.run(run, span, first_learnt=first_learnt, spec=spec, cache_dir=cache_dir, progress=progress)
    forecasts = tested.forecasts()
    scored = scores.score(forecasts)
    onnx: dict[str, bytes] = {}
    importances: dict[str, dict[str, float]] = {}
    for model in MODELS:
        learn = backtest.learning_mask(run, model)
        learn[:first_learnt] = False
        if learn.any():  # `combined` is left out where RTE's forecast was never known
            progress(f"final fit: {model}")
            onnx[model], importances[model] = _final_fit(run, model, learn, spec)
    if "ours" not in onnx:
        raise ConsoError(
            f"No hour from {history.first} to {history.last} has both load and weather.",
            "Look at marts.fct_national_hourly and marts.fct_weather_hourly: they must overlap.",
        )
    metadata = {"models": list(onnx), **_metadata(history, span, spec, laid_out, scored)}
    champion = _champion(tested, run, onnx, metadata)
    return Trained(tested, forecasts, scored, champion.files(onnx), metadata, importances)


def _final_fit(
    run: Stream, model: str, learn: npt.NDArray[np.bool_], spec: forest.ForestSpec
) -> tuple[bytes, dict[str, float]]:
    rows = run.rows[model][learn]
    fitted = forest.fit(rows, backtest.residual_mw(run, model)[learn], spec)
    importance = dict(zip(features.names(model), fitted.feature_importances_.round(6).tolist(), strict=True))
    return forest.to_onnx(fitted, rows.shape[1]), importance


def _metadata(
    history: Span, span: Span, spec: forest.ForestSpec, laid_out: Panel, scored: dict[str, dict[str, float]]
) -> dict[str, Any]:
    return {
        "trained_from": history.first.isoformat(),
        "trained_until": history.last.isoformat(),
        "backtest_first_day": span.first.isoformat(),
        "backtest_last_day": span.last.isoformat(),
        "forest_share": spec.share,
        "forest": asdict(spec),
        "is_synthetic": laid_out.is_synthetic,
        "features": {model: features.names(model) for model in MODELS},
        "scores": scored,
        "libraries": {name: version_of(name) for name in LIBRARIES},
        "python": platform.python_version(),
    }


def _champion(tested: Backtest, run: Stream, onnx: dict[str, bytes], metadata: dict[str, Any]) -> Champion:
    if run.checkpoint is None:
        raise ValueError("the stream was run without a checkpoint")
    laid_out = run.panel
    kept = slice(max(0, len(laid_out.days) - RESIDUAL_DAYS), None)
    bands = {}
    for model in onnx:
        low, high = intervals.next_bands(tested.residuals_gw[model], laid_out.use_day)
        by_slot = np.stack([low[0], high[0]], axis=1) * features.MW_PER_GW
        bands[model] = by_slot[civil.HOUR_SLOT]
        if not np.isfinite(bands[model]).all():
            raise ConsoError(
                f"Too few errors of the forecast `{model}` are known to say how sure it is.",
                "Ingest more history of load, RTE's forecast and weather.",
            )
    return Champion(
        version="",
        metadata=metadata,
        forests={model: forest.OnnxForest(content) for model, content in onnx.items()},
        checkpoint=run.checkpoint,
        residual_days=laid_out.days[kept],
        residuals_gw={model: tested.residuals_gw[model][kept] for model in onnx},
        hour_bands_mw=bands,
    )
