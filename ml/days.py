"""Paris civil days of 23, 24 or 25 hours on a rectangular grid, and the issue times of their forecasts.

A day has 25 slots in the order of time: hours 0, 1, 2, the repeated hour 2 of October's change day, hours 3 to 23.
Slots that a day has not (the repeated hour on all days but one a year, hour 2 of March's change day) stay empty.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

PARIS = ZoneInfo("Europe/Paris")
ISSUE_HOUR_PARIS = 12
"""A day's forecast is issued at this hour of the day before."""

HOURS = 24
SLOTS = 25
REPEATED_SLOT = 3
SLOT_HOUR: npt.NDArray[np.int64] = np.array([0, 1, 2, 2, *range(3, 24)])
"""Hour of the Paris wall clock of each slot."""
HOUR_SLOT: npt.NDArray[np.int64] = np.array([0, 1, 2, *range(4, 25)])
"""Slot of each hour of the Paris wall clock; of the repeated hour, the first."""

Grid = npt.NDArray[np.float64]
"""Days x slots (25)."""


def day_range(first: date, last: date) -> pd.DatetimeIndex:
    """All Paris days from ``first`` to ``last``, both included, as timestamps without zone."""
    return pd.date_range(pd.Timestamp(first), pd.Timestamp(last), freq="D")


def hours_of_days(days: pd.DatetimeIndex) -> pd.DataFrame:
    """Every hour of consecutive ``days`` in the order of time: hour_start_utc, day (index into ``days``), slot."""
    begin = days[0].tz_localize(PARIS)
    end = (days[-1] + pd.Timedelta(days=1)).tz_localize(PARIS)
    utc = pd.date_range(begin.tz_convert("UTC"), end.tz_convert("UTC"), freq="h", inclusive="left", unit="ns")
    wall = utc.tz_convert(PARIS).tz_localize(None)
    repeated = wall.duplicated(keep="first")
    slot = np.where(repeated, REPEATED_SLOT, HOUR_SLOT[wall.hour])
    return pd.DataFrame({"hour_start_utc": utc, "day": (wall.normalize() - days[0]).days, "slot": slot})


def issue_time(day: date) -> datetime:
    """When the forecast of Paris day ``day`` is issued (UTC): the day before at 12:00 Paris."""
    wall = datetime.combine(day - timedelta(days=1), time(ISSUE_HOUR_PARIS), tzinfo=PARIS)
    return wall.astimezone(UTC)


def issue_times(days: pd.DatetimeIndex) -> npt.NDArray[np.datetime64]:
    """`issue_time` of each of ``days``, UTC, in nanoseconds."""
    wall = (days - pd.Timedelta(days=1) + pd.Timedelta(hours=ISSUE_HOUR_PARIS)).tz_localize(PARIS)
    return np.asarray(wall.tz_convert("UTC").tz_localize(None).as_unit("ns").to_numpy())


def newest_target_day(now: datetime) -> date:
    """The Paris day whose forecast has the newest issue time not after ``now``."""
    today = now.astimezone(PARIS).date()
    tomorrow = today + timedelta(days=1)
    return tomorrow if issue_time(tomorrow) <= now else today
