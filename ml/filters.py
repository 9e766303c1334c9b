"""Bayesian linear regression whose coefficients drift: one Kalman filter per hour of the day.

The coefficients of an hour start from a normal prior of mean zero (which makes the first fits a ridge regression),
follow a random walk, and are corrected with each observation once it is known; a day's forecast uses what its own
issue time knew and nothing else. Forecasts are thus out of sample throughout, over the training span as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.days import HOUR_SLOT, HOURS, SLOT_HOUR
from ml.panel import NEVER

Grid = npt.NDArray[np.float64]
LATEST_DAYS = 8
"""An observation that becomes known more than so many days later is not used any more."""


@dataclass(frozen=True)
class FilterSpec:
    """Variances in GW squared. The last regressor is the constant, with a prior and a drift of its own."""

    prior: float
    drift: float
    constant_prior: float
    constant_drift: float
    constant_mean: float
    noise: float = 1.0
    clip_sd: float = 3.0  # an innovation beyond so many standard deviations counts as one at that distance


@dataclass(frozen=True)
class FilterState:
    """Coefficients (24 x k) and their covariances (24 x k x k), before the updates of day ``day`` of a panel."""

    coefficients: npt.NDArray[np.float64]
    covariances: npt.NDArray[np.float64]


def initial_state(spec: FilterSpec, regressors: int) -> FilterState:
    """The prior."""
    coefficients = np.zeros((HOURS, regressors))
    coefficients[:, -1] = spec.constant_mean
    variances = np.full(regressors, spec.prior)
    variances[-1] = spec.constant_prior
    return FilterState(coefficients, np.tile(np.diag(variances), (HOURS, 1, 1)))


def run(
    design: npt.NDArray[np.float64],
    observed: Grid,
    use_day: npt.NDArray[np.int32],
    spec: FilterSpec,
    *,
    start: int = 0,
    state: FilterState | None = None,
    save_at: int | None = None,
) -> tuple[Grid, FilterState | None]:
    """Forecast every day from ``start`` on with the coefficients that its issue time allows.

    Args:
        design: regressors, days x slots x k; a slot with a NaN is neither learnt from nor forecast.
        observed: what is to be forecast, days x slots; NaN where unknown.
        use_day: first day whose issue time knows ``observed``.
        spec: variances.
        start: first day to be forecast.
        state: to go on from, as it was before the updates of ``start``; None starts from the prior.
        save_at: give back the state before the updates of this day.

    Returns:
        The forecasts (NaN before ``start``), and the state at ``save_at``.
    """
    days, slots, regressors = design.shape
    state = initial_state(spec, regressors) if state is None else state
    coefficients, covariances = state.coefficients.copy(), state.covariances.copy()
    drift = np.full(regressors, spec.drift)
    drift[-1] = spec.constant_drift
    usable = np.asarray(np.isfinite(design).all(axis=2))
    clean = np.where(usable[:, :, None], design, 0.0)
    # Only one 02:00 a year is repeated: that slot is forecast with the coefficients of its hour, and not learnt from.
    hours, targets = clean[:, HOUR_SLOT], observed[:, HOUR_SLOT]
    learnable = usable[:, HOUR_SLOT] & np.isfinite(targets)
    known_from = np.where(learnable, use_day[:, HOUR_SLOT], NEVER)
    forecasts = np.full((days, slots), np.nan)
    saved: FilterState | None = None
    work = np.empty_like(covariances)
    for day in range(start, days):
        if day == save_at:
            saved = FilterState(coefficients.copy(), covariances.copy())
        oldest = max(0, day - LATEST_DAYS)
        pending = known_from[oldest:day] == day
        while pending.any():
            row, has = pending.argmax(axis=0), pending.any(axis=0)
            hour = np.arange(HOURS)
            _update(
                coefficients,
                covariances,
                regressors=hours[oldest + row, hour] * has[:, None],
                targets=np.where(has, targets[oldest + row, hour], 0.0),
                has=has,
                drift=drift,
                spec=spec,
                work=work,
            )
            pending[row[has], hour[has]] = False
        forecasts[day] = np.einsum("sk,sk->s", clean[day], coefficients[SLOT_HOUR])
    return np.where(usable, forecasts, np.nan), saved


def _update(
    coefficients: npt.NDArray[np.float64],
    covariances: npt.NDArray[np.float64],
    *,
    regressors: npt.NDArray[np.float64],
    targets: npt.NDArray[np.float64],
    has: npt.NDArray[np.bool_],
    drift: npt.NDArray[np.float64],
    spec: FilterSpec,
    work: npt.NDArray[np.float64],
) -> None:
    """Correct in place the hours that have an observation."""
    gain = np.matmul(covariances, regressors[:, :, None])[:, :, 0]
    variance = np.einsum("hk,hk->h", gain, regressors) + spec.noise
    innovation = np.where(has, targets - np.einsum("hk,hk->h", coefficients, regressors), 0.0)
    limit = spec.clip_sd * np.sqrt(variance)
    scaled = gain / variance[:, None]
    coefficients += scaled * np.clip(innovation, -limit, limit)[:, None]
    np.multiply(gain[:, :, None], scaled[:, None, :], out=work)
    covariances -= work
    diagonal = np.einsum("hkk->hk", covariances)
    diagonal += drift * has[:, None]
