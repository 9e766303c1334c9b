"""Civil days of 23, 24 and 25 hours, and when their forecasts are issued."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from ml import days as civil

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2024, 3, 31), 23), (date(2024, 10, 27), 25), (date(2024, 6, 1), 24), (date(2023, 3, 26), 23)],
)
def test_a_day_has_its_hours_in_the_order_of_time(day, hours):
    grid = civil.hours_of_days(civil.day_range(day, day))
    assert len(grid) == hours
    assert grid["slot"].is_monotonic_increasing
    assert (grid["hour_start_utc"].diff().dropna() == pd.Timedelta(hours=1)).all()
    assert grid["hour_start_utc"].iloc[0].tz_convert(civil.PARIS).hour == 0


def test_the_repeated_hour_has_a_slot_of_its_own():
    grid = civil.hours_of_days(civil.day_range(date(2024, 10, 27), date(2024, 10, 27))).set_index("slot")
    assert grid.loc[civil.REPEATED_SLOT, "hour_start_utc"] == pd.Timestamp("2024-10-27T01:00Z")
    assert grid.loc[2, "hour_start_utc"] == pd.Timestamp("2024-10-27T00:00Z")
    assert civil.SLOT_HOUR[civil.REPEATED_SLOT] == 2


def test_spring_has_no_hour_two():
    grid = civil.hours_of_days(civil.day_range(date(2024, 3, 31), date(2024, 3, 31)))
    assert set(range(25)) - set(grid["slot"]) == {2, civil.REPEATED_SLOT}


@pytest.mark.parametrize(
    ("day", "issued"),
    [
        (date(2024, 1, 10), datetime(2024, 1, 9, 11, tzinfo=UTC)),
        (date(2024, 7, 10), datetime(2024, 7, 9, 10, tzinfo=UTC)),
        (date(2024, 3, 31), datetime(2024, 3, 30, 11, tzinfo=UTC)),
        (date(2024, 4, 1), datetime(2024, 3, 31, 10, tzinfo=UTC)),
        (date(2024, 10, 28), datetime(2024, 10, 27, 11, tzinfo=UTC)),
    ],
)
def test_issue_is_the_day_before_at_noon_in_paris(day, issued):
    assert civil.issue_time(day) == issued
    assert civil.issue_times(civil.day_range(day, day))[0] == np.datetime64(issued.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2024-12-30T11:00+00:00", date(2024, 12, 31)),
        ("2024-12-30T10:59:59+00:00", date(2024, 12, 30)),
        ("2024-12-30T23:30+00:00", date(2024, 12, 31)),
        ("2026-04-14T10:00+00:00", date(2026, 4, 15)),
    ],
)
def test_newest_target_day_is_tomorrow_from_noon_on(now, day):
    assert civil.newest_target_day(datetime.fromisoformat(now)) == day
