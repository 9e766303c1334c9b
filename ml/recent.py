"""Errors that an issue time knows: of the last hours, of the same hour on the days before, of the days as a whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.days import HOUR_SLOT, SLOT_HOUR, SLOTS, Grid

WINDOWS_H = (1, 3, 6, 11, 24, 72, 168)
MEMORY_DAYS = 16
"""Errors older than this are forgotten."""
SAME_HOUR_DAYS = 8
CLIP_GW = 6.0
"""Errors count as no larger than this: a wrong measurement must not become a wrong forecast."""


def known_errors(errors: Grid, use_day: npt.NDArray[np.int32], start: int = 0) -> dict[str, Grid]:
    """Per target day and slot, in the unit of ``errors`` (GW), what its issue time knows of them.

    ``last_<n>h``: mean of the newest n known hours; ``same_hour``: newest known error of that hour; ``same_hour_2d``,
    ``same_hour_7d``: two and seven days before the target; ``same_hour_mean``: mean of that hour over the known ones
    of the last 8 days; ``day_before_issue``: mean of the last whole day. 0, no error, where nothing is known; days
    before ``start`` stay 0.
    """
    errors = np.clip(errors, -CLIP_GW, CLIP_GW)
    days = len(errors)
    out = {name: np.zeros(errors.shape) for name in _names()}
    targets = np.arange(start, days)
    window = _window(errors, use_day, targets)
    newest_rank = np.cumsum(np.isfinite(window)[:, ::-1], axis=1)[:, ::-1]
    for hours in WINDOWS_H:
        mean = _mean(np.where(newest_rank <= hours, window, np.nan), axis=1)
        out[f"last_{hours}h"][start:] = mean[:, None]
    by_day = window.reshape(len(targets), MEMORY_DAYS, SLOTS)
    same = by_day[:, :, HOUR_SLOT]
    newest = _newest(same)
    named = {
        "same_hour": newest,
        "same_hour_2d": np.nan_to_num(same[:, -2]),
        "same_hour_7d": np.nan_to_num(same[:, -7]),
        "same_hour_mean": _mean(same[:, -SAME_HOUR_DAYS:], axis=1),
    }
    for name, values in named.items():
        out[name][start:] = values[:, SLOT_HOUR]
    out["day_before_issue"][start:] = _mean(by_day[:, -2], axis=1)[:, None]
    return out


def _names() -> list[str]:
    windows = [f"last_{hours}h" for hours in WINDOWS_H]
    return [*windows, "same_hour", "same_hour_2d", "same_hour_7d", "same_hour_mean", "day_before_issue"]


def _window(errors: Grid, use_day: npt.NDArray[np.int32], targets: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Targets x (16 days x 25 slots), oldest first: the errors known to each target's issue time, NaN elsewhere."""
    back = targets[:, None] - MEMORY_DAYS + np.arange(MEMORY_DAYS)[None, :]
    valid = (back >= 0)[:, :, None]
    known = use_day[np.maximum(back, 0)] <= targets[:, None, None]
    window = np.where(valid & known, errors[np.maximum(back, 0)], np.nan)
    return window.reshape(len(targets), -1)


def _mean(values: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    there = np.isfinite(values)
    return np.asarray(np.where(there, values, 0.0).sum(axis=axis) / np.maximum(there.sum(axis=axis), 1))


def _newest(same: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Newest known value of each hour, 0 where there is none."""
    reversed_days = np.isfinite(same)[:, ::-1]
    position = same.shape[1] - 1 - reversed_days.argmax(axis=1)
    newest = np.take_along_axis(same, position[:, None, :], axis=1)[:, 0]
    return np.where(reversed_days.any(axis=1), np.nan_to_num(newest), 0.0)
