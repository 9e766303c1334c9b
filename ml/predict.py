"""The champion: loaded from the registry, checked, and the one way in which forecasts and predictions are computed."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from conso.errors import ConsoError
from ml import days as civil
from ml import degradation, features, forest, inputs, intervals, panel, registry, stream
from ml.filters import FilterState
from ml.stream import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conso.settings import Settings
    from ml.days import Grid
    from ml.features import Feature
    from ml.inputs import Inputs
    from ml.stream import Stream

MW_PER_GW = features.MW_PER_GW
HISTORY_DAYS = 400
"""Inputs are read from so many days before the checkpoint on: a year of residuals and what smoothing remembers."""
RETRAIN = "Train anew with `conso train`."
PLAUSIBLE_MW = (20_000.0, 120_000.0)


@dataclass(frozen=True)
class Forecast:
    """One issued curve: ``curve`` has target_start_utc, p10_mw, p50_mw, p90_mw, one row per hour of the Paris day."""

    day: date
    issued_at_utc: datetime
    model_name: str
    model_version: str
    degraded: str | None
    is_synthetic: bool
    curve: pd.DataFrame


@dataclass(frozen=True)
class Champion:
    """A trained version: two forests, the filters' states, and the residuals that the intervals start from."""

    version: str
    metadata: dict[str, Any]
    forests: dict[str, forest.OnnxForest] = field(repr=False)
    checkpoint: Checkpoint = field(repr=False)
    residual_days: pd.DatetimeIndex = field(repr=False)
    residuals_gw: dict[str, Grid] = field(repr=False)
    hour_bands_mw: dict[str, npt.NDArray[np.float64]] = field(repr=False)

    @property
    def trained_until(self) -> date:
        """Last Paris day that the forests learnt from."""
        return date.fromisoformat(self.metadata["trained_until"])

    @property
    def features(self) -> tuple[Feature, ...]:
        """The columns of `predict_rows` for ``ours``: names, units and ranges."""
        return features.OURS

    @property
    def feature_names(self) -> list[str]:
        """Names of `features`, in order."""
        return features.names("ours")

    @property
    def inputs_since(self) -> date:
        """First Paris day of inputs that a forecast needs."""
        return self.checkpoint.day - timedelta(days=HISTORY_DAYS)

    # -- predictions on given features -----------------------------------------------------------------------------

    def predict(self, rows: pd.DataFrame, model_name: str = "ours") -> npt.NDArray[np.float64]:
        """Load in MW for rows of the forest's features (see `ml.features.FEATURES`), whatever order of columns."""
        return self._p50(rows[features.names(model_name)].to_numpy(dtype=np.float64), model_name)

    def predict_rows(
        self, rows: Sequence[Sequence[float]] | npt.NDArray[np.float64], model_name: str = "ours"
    ) -> list[tuple[float, float, float]]:
        """p10, p50 and p90 in MW for rows of features in the order of `ml.features.FEATURES`.

        The median is what the forecast of the same row is, to the bit; the interval is that of the row's hour of the
        day as it stood at the end of training.
        """
        table = np.asarray(rows, np.float64).reshape(-1, len(features.FEATURES[model_name]))
        p50 = self._p50(table, model_name)
        hour = table[:, features.names(model_name).index("hour_paris")].astype(int)
        low, high = self.hour_bands_mw[model_name][hour].T
        return list(zip((p50 + low).tolist(), p50.tolist(), (p50 + high).tolist(), strict=True))

    def _p50(self, table: npt.NDArray[np.float64], model_name: str) -> npt.NDArray[np.float64]:
        wanted = features.names(model_name)
        linear = table[:, wanted.index("linear_mw")]
        if model_name == "combined":
            linear = linear + table[:, wanted.index("rte_correction_mw")]
        share = float(self.metadata["forest_share"])
        return np.asarray(linear + share * self.forests[model_name].predict(table))

    # -- forecasts of a day ----------------------------------------------------------------------------------------

    def forecast(self, known: Inputs, day: date) -> dict[str, Forecast]:
        """The forecasts of Paris day ``day`` as issued the day before at 12:00 Paris, by model.

        ``known`` may hold later data: what became known after the issue time is left out first. ``combined`` is
        there only where RTE's forecast of every hour was known. What was missing is told in ``degraded``.

        Raises:
            ConsoError: the day lies in or before the training span, or there is no weather to go by.
        """
        self._refuse_the_past(day)
        issue = civil.issue_time(day)
        known = known.as_known_at(issue)
        first = max(self.inputs_since, known.weather["hour_start_utc"].min().date()) if len(known.weather) else day
        laid_out = panel.build(known, min(first, self.checkpoint.day), day)
        run = stream.build(laid_out, resume=self.checkpoint)
        missing = degradation.of_day(laid_out, issue)
        out = {}
        for model_name in self.forests:
            told = [*missing.shared, *(missing.rte if model_name == "combined" else [])]
            curve = self._curve(run, model_name)
            if curve is None and model_name == "ours":
                raise ConsoError(
                    f"No weather forecast is known for {day} nor for the week before it.",
                    "Ingest the weather (`conso ingest`), then forecast again.",
                )
            if curve is None:
                continue
            out[model_name] = Forecast(
                day, issue, model_name, self.version, "; ".join(told) or None, laid_out.is_synthetic, curve
            )
        return out

    def _refuse_the_past(self, day: date) -> None:
        earliest = self.trained_until + timedelta(days=2)
        if day < earliest:
            raise ConsoError(
                f"Version {self.version} was trained on data up to {self.trained_until}: it can forecast from "
                f"{earliest} on, not {day}.",
                "Read the forecasts of the past from the backtest (marts.fct_backtest).",
            )

    def _curve(self, run: Stream, model_name: str) -> pd.DataFrame | None:
        """The last day of the stream, None where an hour of it lacks its features."""
        laid_out = run.panel
        last = len(laid_out.days) - 1
        exists = laid_out.exists[last]
        rows = run.rows[model_name]
        if not np.isfinite(rows[last][exists]).all():
            return None
        residuals = self._residuals(run, model_name)
        low, high = (band[0] * MW_PER_GW for band in intervals.bands(residuals, laid_out.use_day, np.array([last])))
        p50 = self._p50(rows[last][exists], model_name)
        low, high = low[exists], high[exists]
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise ConsoError(
                "Too few errors of the last year are known to say how sure the forecast of "
                f"{laid_out.days[last].date()} is.",
                f"Ingest the load of the last months, then: {RETRAIN}",
            )
        if p50.min() < PLAUSIBLE_MW[0] or p50.max() > PLAUSIBLE_MW[1]:
            raise ConsoError(
                f"The forecast of {laid_out.days[last].date()} reaches {p50.min():.0f} to {p50.max():.0f} MW, beyond "
                f"{PLAUSIBLE_MW[0]:.0f} to {PLAUSIBLE_MW[1]:.0f} MW: an input must be wrong.",
                "Look at the newest load and weather (`conso check`), then forecast again.",
            )
        start = pd.DatetimeIndex(laid_out.start_utc[last][exists]).tz_localize("UTC")
        curve = pd.DataFrame({"target_start_utc": start, "p10_mw": p50 + low, "p50_mw": p50, "p90_mw": p50 + high})
        return curve.sort_values("target_start_utc", ignore_index=True)

    def _residuals(self, run: Stream, model_name: str) -> Grid:
        """Errors of the backtest up to the end of training, then of this version on the days since."""
        laid_out = run.panel
        rows = run.rows[model_name]
        out = np.full(laid_out.load_gw.shape, np.nan)
        at = laid_out.days.get_indexer(self.residual_days)
        out[at[at >= 0]] = self.residuals_gw[model_name][at >= 0]
        since = laid_out.index_of(self.trained_until) + 1
        whole = np.isfinite(rows[since:]).all(axis=2)
        fresh = np.full(whole.shape, np.nan)
        if whole.any():
            fresh[whole] = self._p50(rows[since:][whole], model_name) / MW_PER_GW
        out[since:] = laid_out.load_gw[since:] - fresh
        return out

    # -- files -----------------------------------------------------------------------------------------------------

    def files(self, onnx: Mapping[str, bytes]) -> dict[str, bytes]:
        """The version as files: two ONNX models, arrays without pickle, and metadata; the same for the same version."""
        arrays: dict[str, npt.NDArray[Any]] = {"residual_days": self.residual_days.strftime("%Y-%m-%d").to_numpy(str)}
        for name, state in self.checkpoint.states.items():
            arrays[f"coefficients_{name}"] = state.coefficients
            arrays[f"covariances_{name}"] = state.covariances
        for name in onnx:
            arrays[f"residuals_{name}"] = self.residuals_gw[name]
            arrays[f"hour_bands_{name}"] = self.hour_bands_mw[name]
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]  # the stubs take no arrays by keyword
        metadata = {**self.metadata, "checkpoint_day": self.checkpoint.day.isoformat()}
        return {
            **{f"{name}.onnx": model for name, model in onnx.items()},
            "state.npz": buffer.getvalue(),
            "metadata.json": json.dumps(metadata, indent=2, sort_keys=True).encode(),
        }

    @classmethod
    def from_files(cls, version: str, files: Mapping[str, bytes]) -> Champion:
        """Read what `files` wrote; nothing in it is executed."""
        metadata = json.loads(files["metadata.json"])
        with np.load(io.BytesIO(files["state.npz"]), allow_pickle=False) as arrays:
            states = {
                name: FilterState(arrays[f"coefficients_{name}"], arrays[f"covariances_{name}"])
                for name in stream.STARTS
            }
            return cls(
                version=version,
                metadata=metadata,
                forests={name: forest.OnnxForest(files[f"{name}.onnx"]) for name in metadata["models"]},
                checkpoint=Checkpoint(date.fromisoformat(metadata["checkpoint_day"]), states),
                residual_days=pd.DatetimeIndex(pd.to_datetime(arrays["residual_days"])),
                residuals_gw={name: arrays[f"residuals_{name}"] for name in metadata["models"]},
                hour_bands_mw={name: arrays[f"hour_bands_{name}"] for name in metadata["models"]},
            )


def load_champion(settings: Settings) -> Champion:
    """Load the version that the registry's alias ``champion`` points at.

    Every file must have the SHA-256 that the registry recorded when it was registered.

    Raises:
        ConsoError: there is no champion yet, a file is missing or is not the one that was registered.
    """
    entry = registry.champion(settings)
    if entry is None:
        raise ConsoError("There is no champion model yet.", "Train one with `conso train`.")
    return load_version(settings, entry)


def load_version(settings: Settings, entry: registry.Entry) -> Champion:
    """Load a registered version, checked as in `load_champion`."""
    folder = settings.mlflow_artifacts_dir / entry.path
    files: dict[str, bytes] = {}
    for name, expected in entry.digests().items():
        path = folder / name
        try:
            files[name] = path.read_bytes()
        except OSError as error:
            raise ConsoError(f"Version {entry.version}: {path} cannot be read: {error.strerror}.", RETRAIN) from error
        found = hashlib.sha256(files[name]).hexdigest()
        if found != expected:
            raise ConsoError(
                f"Version {entry.version}: {path} is not the file that was registered (SHA-256 {found[:12]}..., "
                f"expected {expected[:12]}...).",
                f"Restore it from a backup. {RETRAIN}",
            )
    missing = {"metadata.json", "state.npz", "ours.onnx"} - files.keys()
    if missing:
        raise ConsoError(f"Version {entry.version} was registered without {', '.join(sorted(missing))}.", RETRAIN)
    return Champion.from_files(entry.version, files)


def forecast_day(settings: Settings, champion: Champion, day: date) -> dict[str, Forecast]:
    """Forecasts of Paris day ``day`` from the warehouse as it is now: what `conso forecast` freezes."""
    return champion.forecast(inputs.read(settings, since=champion.inputs_since), day)
