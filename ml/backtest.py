"""Rolling-origin backtest: the forest is refitted every two months, on nothing but what was known at that moment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from conso.errors import ConsoError
from ml import days as civil
from ml import features, forest, intervals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conso.steps import Progress
    from ml.days import Grid
    from ml.forest import ForestSpec
    from ml.panel import Panel
    from ml.stream import Stream

MODELS = ("ours", "combined")
MW_PER_GW = features.MW_PER_GW
LONGEST_DAYS = 365
WANTED_HISTORY_DAYS = 1000
SHORTEST_DAYS = 60
BURN_IN_DAYS = 120
"""The linear stage's first forecasts know too little to be learnt from."""
REFIT_MONTHS = 2


@dataclass(frozen=True)
class Span:
    """Paris days, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1


def span_of(history: Span) -> Span:
    """The days to be backtested at the end of ``history`` (days with load and weather).

    At most 365 days, and no more than leave 1,000 days of history before them, but at least 60; where there is room
    it begins on the first of a month.

    Raises:
        ConsoError: not even 120 days of history would be left before 60 days of backtest.
    """
    needed = BURN_IN_DAYS + 2 * SHORTEST_DAYS
    if history.days < needed:
        raise ConsoError(
            f"{history.days} days of load and weather ({history.first} to {history.last}) are too few to train on: "
            f"{needed} are needed.",
            "Ingest more history: real-time load (ENTSO-E or éCO2mix) and archived weather forecasts.",
        )
    days = max(SHORTEST_DAYS, min(LONGEST_DAYS, history.days - WANTED_HISTORY_DAYS))
    first = history.last - timedelta(days=days - 1)
    month = (first.replace(day=1) + timedelta(days=31)).replace(day=1) if first.day > 1 else first
    return Span(month if (history.last - month).days + 1 >= SHORTEST_DAYS else first, history.last)


def fold_starts(span: Span) -> list[date]:
    """First days of the folds: that of the span, then every second month (January, March, ...)."""
    months = pd.date_range(span.first, span.last, freq="MS")
    regular = [month.date() for month in months if (month.month - 1) % REFIT_MONTHS == 0]
    return [span.first, *(start for start in regular if start > span.first)]


@dataclass(frozen=True)
class Fold:
    """Days (indices) that one forest forecasts, and the slots that it may learn from."""

    start: int
    stop: int
    learn: npt.NDArray[np.bool_]


def folds(panel: Panel, span: Span, first_learnt: int) -> Iterator[Fold]:
    """The folds in the order of time; each learns only from load known at its first issue time."""
    starts = [panel.index_of(day) for day in fold_starts(span)]
    for start, stop in zip(starts, [*starts[1:], panel.index_of(span.last) + 1], strict=True):
        learn = panel.use_day <= start
        learn[:first_learnt] = False
        yield Fold(start, stop, learn)


@dataclass(frozen=True)
class Backtest:
    """Out-of-sample forecasts in GW, days x slots of ``panel``, NaN outside ``span``."""

    panel: Panel
    span: Span
    p50_gw: dict[str, Grid]
    bands_gw: dict[str, tuple[Grid, Grid]]
    residuals_gw: dict[str, Grid]
    """Observed minus forecast; before the span, of the linear stage, which is out of sample as well."""

    def forecasts(self) -> pd.DataFrame:
        """One row per model and hour of the span, power in MW, ordered: the rows of ``raw.backtest_forecast``."""
        panel = self.panel
        days = slice(panel.index_of(self.span.first), panel.index_of(self.span.last) + 1)
        start = panel.start_utc[days]
        issued = np.broadcast_to(civil.issue_times(panel.days)[days, None], start.shape)
        nothing = np.full(start.shape, np.nan)
        parts = []
        for name, p50 in self.p50_gw.items():
            low, high = self.bands_gw.get(name, (nothing, nothing))
            part = {
                "target_start_utc": start,
                "issued_at_utc": issued,
                "p10_mw": p50[days] + low,
                "p50_mw": p50[days],
                "p90_mw": p50[days] + high,
                "observed_mw": panel.load_gw[days],
            }
            frame = pd.DataFrame({column: values.ravel() for column, values in part.items()})
            frame.insert(0, "model_name", name)
            parts.append(frame[~np.isnat(start.ravel()) & np.isfinite(p50[days].ravel())])
        rows = pd.concat(parts, ignore_index=True)
        power = ["p10_mw", "p50_mw", "p90_mw", "observed_mw"]
        rows[power] = (rows[power] * MW_PER_GW).round(3)
        for column in ("target_start_utc", "issued_at_utc"):
            rows[column] = rows[column].dt.tz_localize("UTC")
        return rows


def learning_mask(stream: Stream, model: str) -> npt.NDArray[np.bool_]:
    """Slots of which rows and load are whole."""
    there: npt.NDArray[np.bool_] = np.isfinite(stream.rows[model]).all(axis=2) & np.isfinite(stream.panel.load_gw)
    return there


def residual_mw(stream: Stream, model: str) -> Grid:
    """What the linear stage leaves to the forest."""
    return (stream.panel.load_gw - stream.linear_gw[model]) * MW_PER_GW


def run(
    stream: Stream,
    span: Span,
    *,
    first_learnt: int,
    spec: ForestSpec,
    cache_dir: Path | None,
    progress: Progress,
) -> Backtest:
    """Forecast every hour of ``span`` as the model would have, beside RTE's forecast and the load a week before.

    Folds are kept in ``cache_dir`` under a fingerprint of all that they depend on.
    """
    panel = stream.panel
    days = np.arange(panel.index_of(span.first), panel.index_of(span.last) + 1)
    p50, bands, residuals = {}, {}, {}
    todo = [(model, fold) for model in MODELS for fold in folds(panel, span, first_learnt)]
    corrections = {model: np.full(panel.load_gw.shape, np.nan) for model in MODELS}
    for done, (model, fold) in enumerate(todo):
        progress(f"backtest: {model}, {panel.days[fold.start]:%B %Y}", done, len(todo))
        corrections[model][fold.start : fold.stop] = _forecast_fold(stream, model, fold, spec, cache_dir)
    for model in MODELS:
        linear = stream.linear_gw[model]
        p50[model] = linear + spec.share * corrections[model] / MW_PER_GW
        residuals[model] = panel.load_gw - np.where(np.isfinite(p50[model]), p50[model], linear)
        bands[model] = intervals.bands(residuals[model], panel.use_day, days)
    p50["rte_d1"] = panel.rte_gw
    p50["naive_d7"] = features.before(panel.load_gw, 7)
    return Backtest(panel, span, p50, bands, residuals)


def _forecast_fold(stream: Stream, model: str, fold: Fold, spec: ForestSpec, cache_dir: Path | None) -> Grid:
    rows, left = stream.rows[model], residual_mw(stream, model)
    learn = fold.learn & learning_mask(stream, model)
    wanted = rows[fold.start : fold.stop]
    whole = np.isfinite(wanted).all(axis=2)
    out = np.full(whole.shape, np.nan)
    if not learn.any() or not whole.any():
        return out
    known, target, asked = rows[learn], left[learn], wanted[whole]
    file = None if cache_dir is None else cache_dir / f"fold-{_fingerprint(spec, known, target, asked)}.npy"
    if file is not None and file.exists():
        out[whole] = np.load(file, allow_pickle=False)
        return out
    fitted = forest.to_onnx(forest.fit(known, target, spec), known.shape[1])
    out[whole] = forest.OnnxForest(fitted).predict(asked)
    if file is not None:
        _keep(file, out[whole])
    return out


def _fingerprint(spec: ForestSpec, *arrays: npt.NDArray[np.float64]) -> str:
    import sklearn  # noqa: PLC0415

    digest = hashlib.sha256(f"{sklearn.__version__} {spec!r}".encode())
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _keep(file: Path, values: npt.NDArray[np.float64]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    with partial.open("wb") as handle:
        np.save(handle, values)
    partial.replace(file)  # whole or not at all
