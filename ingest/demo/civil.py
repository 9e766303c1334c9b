"""The calendar as arrays on the quarter-hourly grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from ingest.demo import calendars
from ingest.demo.clock import to_paris

if TYPE_CHECKING:
    from ingest.demo.clock import Minutes
    from ingest.demo.noise import Floats

Indices = np.ndarray[tuple[int], np.dtype[np.int64]]
QUARTERS_PER_DAY = 96


@dataclass(frozen=True)
class Civil:
    """What the calendar of France says of each quarter of an hour.

    ``day`` indexes the per-day arrays; ``quarter_of_day`` is the wall clock's, 0 to 95 (a doubled hour repeats).
    """

    day: Indices
    quarter_of_day: Indices
    first_day: date
    weekday: Indices
    is_holiday: Indices
    is_bridge: Indices
    school_zones: Indices
    summer_trough: Floats
    christmas_trough: Floats


def civil(utc: Minutes) -> Civil:
    """Look up every instant of ``utc`` (ascending) in the calendar."""
    local = to_paris(utc)
    local_day = local.astype("datetime64[D]")
    first: date = local_day[0].astype(object)
    last: date = local_day[-1].astype(object)
    days = list(calendars.days(first, last))
    quarter = (local - local_day).astype("timedelta64[m]").astype(np.int64) // 15
    return Civil(
        day=(local_day - local_day[0]).astype(np.int64),
        quarter_of_day=quarter,
        first_day=first,
        weekday=np.array([day.weekday() for day in days]),
        is_holiday=np.array([int(calendars.is_public_holiday(day)) for day in days]),
        is_bridge=np.array([int(calendars.is_bridge_day(day)) for day in days]),
        school_zones=np.array([calendars.zones_on_holiday(day) for day in days]),
        summer_trough=np.array([_trapezium(day, (7, 10), (8, 3), (8, 18), (9, 1)) for day in days]),
        christmas_trough=np.array([_christmas(day) for day in days]),
    )


def _trapezium(day: date, *corners: tuple[int, int]) -> float:
    """0 outside, 1 between the two middle corners (month, day), linear in between."""
    a, b, c, d = (date(day.year, month, number) for month, number in corners)
    if day <= b:
        return max(0.0, min(1.0, (day - a).days / (b - a).days))
    return max(0.0, min(1.0, (d - day).days / (d - c).days))


def _christmas(day: date) -> float:
    if day.month == 1:
        return max(0.0, min(1.0, (5 - day.day) / 3))
    return max(0.0, min(1.0, (day.day - 20) / 4)) if day.month == 12 else 0.0  # noqa: PLR2004 - December
