"""Prediction intervals from the residuals that the issue time knows (rolling split-conformal, scaled).

The residuals of the last year, each divided by how large residuals lately were at its own issue, give the quantiles
of every hour together with its neighbours; how large residuals are now turns them back into MW.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.days import SLOTS, Grid
from ml.panel import NEVER

WINDOW_DAYS = 365
SCALE_HALF_LIFE_DAYS = 7
SCALE_LAG_DAYS = 2
"""The newest day that an issue knows whole is two days before its target."""
NEIGHBOURS = 2
FEWEST = 100
"""Fewer residuals than this (of an hour and its neighbours) give no interval."""
LOWER, UPPER = 0.1, 0.9


def scales(residuals: Grid, use_day: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Per day, how large residuals were lately as its issue time knows it: their weighted mean size, by day."""
    day = np.arange(len(residuals))[:, None]
    known = np.isfinite(residuals) & (use_day <= day + SCALE_LAG_DAYS)
    count = known.sum(axis=1)
    size = np.where(known, np.abs(residuals), 0.0).sum(axis=1) / np.maximum(count, 1)
    series = pd.Series(np.where(count > 0, size, np.nan))
    smooth = series.ewm(halflife=SCALE_HALF_LIFE_DAYS, ignore_na=True).mean().ffill()
    return smooth.shift(SCALE_LAG_DAYS).to_numpy(dtype=np.float64)


def bands(residuals: Grid, use_day: npt.NDArray[np.int32], targets: npt.NDArray[np.int64]) -> tuple[Grid, Grid]:
    """Lower and upper end (10 %, 90 %) of the residuals of the days ``targets``, in the unit of ``residuals``.

    ``residuals`` (days x slots) are those of out-of-sample forecasts; a day's band uses only what its issue knows.
    NaN where too few are known.
    """
    scale = scales(residuals, use_day)
    standard = residuals / scale[:, None]
    lower, upper = (np.full((len(targets), SLOTS), np.nan) for _ in range(2))
    neighbours = [np.arange(max(0, slot - NEIGHBOURS), min(SLOTS, slot + NEIGHBOURS + 1)) for slot in range(SLOTS)]
    for row, target in enumerate(targets):
        begin = max(0, target - WINDOW_DAYS)
        window = np.where(use_day[begin:target] <= target, standard[begin:target], np.nan)
        for slot, around in enumerate(neighbours):
            values = np.sort(window[:, around], axis=None)  # NaN last
            values = values[: np.count_nonzero(np.isfinite(values))]
            if len(values) >= FEWEST:
                lower[row, slot], upper[row, slot] = np.quantile(values, (LOWER, UPPER)) * scale[target]
    return np.minimum(lower, 0.0), np.maximum(upper, 0.0)


def next_bands(residuals: Grid, use_day: npt.NDArray[np.int32]) -> tuple[Grid, Grid]:
    """The bands of the day after the last one of ``residuals``."""
    one_more = ((0, 1), (0, 0))
    return bands(
        np.pad(residuals, one_more, constant_values=np.nan),
        np.pad(use_day, one_more, constant_values=NEVER),
        np.array([len(residuals)]),
    )
