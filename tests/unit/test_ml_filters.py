"""The drifting regression against closed forms, and what it may learn from when."""

import numpy as np
import pytest

from ml import filters
from ml.days import HOUR_SLOT, SLOTS
from ml.filters import FilterSpec
from ml.panel import NEVER

pytestmark = pytest.mark.unit

STILL = FilterSpec(0.5, 0.0, constant_prior=2.0, constant_drift=0.0, constant_mean=0.0, clip_sd=1e9)
DRIFTING = FilterSpec(0.5, 1e-3, constant_prior=2.0, constant_drift=1e-2, constant_mean=1.0)


def world(days=40, regressors=4, seed=1):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(days, SLOTS, regressors))
    design[:, :, -1] = 1.0
    observed = design @ rng.normal(size=regressors) + rng.normal(0, 0.1, (days, SLOTS))
    day = np.arange(days)[:, None]
    use_day = np.where(np.arange(SLOTS)[None, :] <= 11, day + 1, day + 2).astype(np.int32)
    return design, observed, use_day


def test_without_drift_it_is_ridge_regression():
    design, observed, use_day = world()
    last = len(design) - 1
    forecasts, _ = filters.run(design, observed, use_day, STILL)
    penalty = np.diag([1 / 0.5, 1 / 0.5, 1 / 0.5, 1 / 2.0])
    for slot, lag in ((0, 1), (5, 1), (20, 2)):
        x, y = design[: last - lag + 1, slot], observed[: last - lag + 1, slot]
        ridge = np.linalg.solve(x.T @ x + penalty, x.T @ y)
        assert forecasts[last, slot] == pytest.approx(design[last, slot] @ ridge, abs=1e-9)


def test_a_day_sees_nothing_that_its_issue_does_not_know():
    design, observed, use_day = world()
    day = 30
    forecasts, _ = filters.run(design, observed, use_day, DRIFTING)
    altered = np.where(use_day > day, observed + 50, observed)
    other, _ = filters.run(design, altered, use_day, DRIFTING)
    assert np.array_equal(forecasts[: day + 1], other[: day + 1])
    assert not np.array_equal(forecasts[day + 1 :], other[day + 1 :])


def test_late_observations_count_from_when_they_are_known():
    design, observed, use_day = world()
    late = use_day.copy()
    late[20, 5] = 25
    on_time, _ = filters.run(design, observed, use_day, DRIFTING)
    delayed, _ = filters.run(design, observed, late, DRIFTING)
    never = use_day.copy()
    never[20, 5] = NEVER
    without, _ = filters.run(design, observed, never, DRIFTING)
    assert np.array_equal(delayed[:25, 5], without[:25, 5])
    assert not np.array_equal(delayed[25:, 5], without[25:, 5])
    assert not np.array_equal(delayed[21:25, 5], on_time[21:25, 5])


def test_a_resumed_run_goes_on_to_the_bit():
    design, observed, use_day = world()
    whole, saved = filters.run(design, observed, use_day, DRIFTING, save_at=22)
    resumed, _ = filters.run(design, observed, use_day, DRIFTING, start=22, state=saved)
    assert np.array_equal(whole[22:], resumed[22:])
    assert np.isnan(resumed[:22]).all()


def test_gaps_are_neither_learnt_from_nor_forecast():
    design, observed, use_day = world()
    design[10, 7] = np.nan
    observed[11, 8] = np.nan
    forecasts, _ = filters.run(design, observed, use_day, DRIFTING)
    assert np.isnan(forecasts[10, 7])
    assert np.isfinite(forecasts).sum() == forecasts.size - 1


def test_one_wrong_measurement_does_little_harm():
    design, observed, use_day = world()
    broken = observed.copy()
    broken[30, 5] += 1_000
    clean, _ = filters.run(design, observed, use_day, DRIFTING)
    harmed, _ = filters.run(design, broken, use_day, DRIFTING)
    assert np.abs(harmed - clean)[31:, 5].max() < 3


def test_the_repeated_hour_is_forecast_with_its_hours_coefficients_and_not_learnt_from():
    design, observed, use_day = world()
    design[:, 3] = design[:, 2]
    forecasts, _ = filters.run(design, observed, use_day, DRIFTING)
    assert np.array_equal(forecasts[:, 3], forecasts[:, 2])
    observed[:, 3] += 100
    again, _ = filters.run(design, observed, use_day, DRIFTING)
    assert np.array_equal(forecasts, again)
    assert 3 not in HOUR_SLOT
