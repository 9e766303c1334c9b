"""The linear stage: forecasts of every day as its own issue time could make them, and the forest's rows.

Three filters of different speed regress the load on calendar and weather; a fourth corrects their mean by the errors
known at the issue; a fifth, for the combined forecast, adds RTE's forecast and what is known of its errors. All run
day by day from the first day of data, so every forecast in here is out of sample.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ml import design, features, filters, recent
from ml.filters import FilterSpec, FilterState

if TYPE_CHECKING:
    from datetime import date

    from ml.days import Grid
    from ml.panel import Panel

SPEEDS = {
    "slow": FilterSpec(0.3, 3e-6, constant_prior=100.0, constant_drift=0.02, constant_mean=52.0),
    "middle": FilterSpec(0.3, 3e-5, constant_prior=100.0, constant_drift=0.1, constant_mean=52.0),
    "fast": FilterSpec(0.3, 3e-4, constant_prior=100.0, constant_drift=0.4, constant_mean=52.0),
}
CORRECTION = FilterSpec(1 / 60, 1e-5, constant_prior=0.01, constant_drift=1e-5, constant_mean=0.0)
COMBINATION = FilterSpec(1 / 60, 1e-5, constant_prior=0.01, constant_drift=1e-5, constant_mean=0.0)
RTE_ERRORS = ("last_1h", "last_6h", "last_24h", "last_168h", "same_hour", "same_hour_7d", "same_hour_mean")
OUR_ERRORS = ("last_1h", "last_6h", "last_24h", "last_168h", "same_hour")
STARTS = {"slow": 0, "middle": 0, "fast": 0, "correction": 26, "combination": 44}
"""Days after the first one at which each filter starts.

A filter learns from days up to `filters.LATEST_DAYS` back, and their rows look back in turn: the correction's at the
errors of 16 days, the combination's at a week of the correction. A resumed run thus sees what the whole run saw.
"""
WARM_UP_DAYS = STARTS["combination"] + 1
"""A resumed stream gives valid rows from so many days after its checkpoint on."""


@dataclass(frozen=True)
class Checkpoint:
    """States of all filters from which a forecast goes on without running through the whole history again.

    Each filter stands before the updates of ``day`` + its days in `STARTS`.
    """

    day: date
    states: dict[str, FilterState]


@dataclass(frozen=True)
class Stream:
    """Linear forecasts in GW and the forest's rows, days x slots (x features)."""

    panel: Panel
    linear_gw: dict[str, Grid]
    """Of ``ours`` and of ``combined`` (NaN without RTE's forecast)."""
    rows: dict[str, npt.NDArray[np.float64]] = field(repr=False)
    """The forest's features of both, days x slots x features, in the order of `ml.features.FEATURES`."""
    checkpoint: Checkpoint | None = field(repr=False, default=None)


def build(panel: Panel, *, resume: Checkpoint | None = None, save_at: date | None = None) -> Stream:
    """Run the linear stage over ``panel``; from ``resume`` on, or from its first day.

    ``save_at`` gives back a `Checkpoint` of that day in the stream.
    """
    first = 0 if resume is None else panel.index_of(resume.day)
    errors_from = first + recent.MEMORY_DAYS
    saved: dict[str, FilterState] = {}

    def run(name: str, regressors: npt.NDArray[np.float64], observed: Grid, spec: FilterSpec) -> Grid:
        forecasts, kept = filters.run(
            regressors,
            observed,
            panel.use_day,
            spec,
            start=first + STARTS[name],
            state=None if resume is None else resume.states[name],
            save_at=None if save_at is None else panel.index_of(save_at) + STARTS[name],
        )
        if kept is not None:
            saved[name] = kept
        return forecasts

    matrix, _ = design.build(panel)
    by_speed = {name: run(name, matrix, panel.load_gw, spec) for name, spec in SPEEDS.items()}
    del matrix
    base = (by_speed["slow"] + by_speed["middle"] + by_speed["fast"]) / 3
    error = panel.load_gw - base
    errors = recent.known_errors(error, panel.use_day, errors_from)
    opinions = {name: by_speed[name] - by_speed["middle"] for name in ("slow", "fast")}
    correction = run("correction", _stack([*errors.values(), *opinions.values()]), error, CORRECTION)
    ours = base + correction

    gaps, rte_errors = _about_rte(panel, ours, errors_from)
    chosen = [*gaps.values(), *(rte_errors[name] for name in RTE_ERRORS), *(errors[name] for name in OUR_ERRORS)]
    combination = run("combination", _stack([*chosen, correction]), panel.load_gw - ours, COMBINATION)

    own = {
        "linear_mw": ours,
        "correction_mw": correction,
        "slow_filter_mw": opinions["slow"],
        "fast_filter_mw": opinions["fast"],
        **{f"error_{name}_mw": values for name, values in errors.items()},
        "week_before_mw": np.nan_to_num(features.before(panel.load_gw, 7) - ours),
        **{f"{name}_mw": values for name, values in gaps.items()},
        **{f"rte_error_{name}_mw": values for name, values in rte_errors.items()},
        "rte_correction_mw": combination,
    }
    columns = {name: values * features.MW_PER_GW for name, values in own.items()} | features.of_day_and_weather(panel)
    rows = {
        model: np.stack([columns[feature.name] for feature in wanted], axis=2)
        for model, wanted in features.FEATURES.items()
    }
    checkpoint = None if save_at is None else Checkpoint(save_at, saved)
    return Stream(panel, {"ours": ours, "combined": ours + combination}, rows, checkpoint)


def _stack(regressors: list[Grid]) -> npt.NDArray[np.float64]:
    return np.stack([*regressors, np.ones(regressors[0].shape)], axis=2)


def _about_rte(panel: Panel, ours: Grid, start: int) -> tuple[dict[str, Grid], dict[str, Grid]]:
    """How far RTE's forecast is from ours, now and lately, and what is known of its errors."""
    gap = panel.rte_gw - ours
    there = np.isfinite(gap)
    count = there.sum(axis=1)
    mean = np.where(count > 0, np.where(there, gap, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    gaps = {
        "rte_minus_linear": gap,
        "rte_minus_linear_day": np.broadcast_to(mean[:, None], gap.shape),
        "rte_gap_change_1d": features.change(gap, 1),
        "rte_gap_change_2d": features.change(gap, 2),
        "rte_gap_change_7d": features.change(gap, 7),
    }
    return gaps, recent.known_errors(panel.load_gw - panel.rte_gw, panel.use_day, start)
