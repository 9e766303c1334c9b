"""Recent errors against a plain loop over the hours."""

import numpy as np
import pytest

from ml import recent
from ml.days import HOUR_SLOT, SLOT_HOUR, SLOTS
from ml.panel import NEVER

pytestmark = pytest.mark.unit


def world(days=30, seed=3):
    rng = np.random.default_rng(seed)
    errors = rng.normal(0, 1, (days, SLOTS))
    errors[:, 3] = np.nan  # the repeated hour, absent on all days but one
    errors[12, 3] = 0.5
    errors[rng.random(errors.shape) < 0.1] = np.nan
    day = np.arange(days)[:, None]
    use_day = np.where(np.arange(SLOTS)[None, :] <= 11, day + 1, day + 2).astype(np.int32)
    use_day[rng.random(errors.shape) < 0.05] = NEVER
    return errors, use_day


def known_values(errors, use_day, target):
    return [
        errors[day, slot]
        for day in range(max(0, target - recent.MEMORY_DAYS), target)
        for slot in range(SLOTS)
        if use_day[day, slot] <= target and np.isfinite(errors[day, slot])
    ]


@pytest.mark.parametrize("target", [1, 5, 20, 29])
def test_windows_are_means_of_the_newest_known_hours(target):
    errors, use_day = world()
    found = recent.known_errors(errors, use_day)
    values = known_values(errors, use_day, target)
    for hours in recent.WINDOWS_H:
        expected = np.mean(values[-hours:]) if values else 0.0
        assert found[f"last_{hours}h"][target] == pytest.approx(np.full(SLOTS, expected), abs=1e-12)


@pytest.mark.parametrize("target", [1, 5, 20, 29])
def test_same_hour_looks_back_day_by_day(target):
    errors, use_day = world()
    found = recent.known_errors(errors, use_day)
    for slot in range(SLOTS):
        column = HOUR_SLOT[SLOT_HOUR[slot]]
        by_day = {
            day: errors[day, column]
            for day in range(max(0, target - recent.MEMORY_DAYS), target)
            if use_day[day, column] <= target and np.isfinite(errors[day, column])
        }
        assert found["same_hour"][target, slot] == (by_day[max(by_day)] if by_day else 0.0)
        assert found["same_hour_2d"][target, slot] == by_day.get(target - 2, 0.0)
        assert found["same_hour_7d"][target, slot] == by_day.get(target - 7, 0.0)
        near = [value for day, value in by_day.items() if day >= target - recent.SAME_HOUR_DAYS]
        assert found["same_hour_mean"][target, slot] == pytest.approx(np.mean(near) if near else 0.0, abs=1e-12)


def test_nothing_known_is_no_error():
    errors, use_day = world()
    found = recent.known_errors(errors, np.full_like(use_day, NEVER))
    assert all((values == 0).all() for values in found.values())
