"""ENTSO-E Transparency's export of total load for France, one file per UTC year."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from ingest.demo.answers import NOT_FOUND, Answer, text_answer
from ingest.demo.clock import FIRST_DAY, QUARTER, QUARTERS_PER_HOUR, Timetable, paris_midnight_utc

if TYPE_CHECKING:
    from ingest.demo.clock import Minutes
    from ingest.demo.generator import World
    from ingest.demo.noise import Floats

HEADER = '"Time (UTC)","Day-ahead Total Load Forecast [MW] - BZN|FR","Actual Total Load [MW] - BZN|FR"'
MISSING = "N/A"
QUARTERS_FROM_UTC = np.datetime64("2024-12-31T23:00", "m")
"""From the first civil hour of 2025 on France reports in quarters of an hour, before in hours."""


def answer(world: World, timetable: Timetable, year: int) -> Answer:
    """The file of a year; 404 where nothing of that year is known."""
    begin = max(datetime(year, 1, 1, tzinfo=UTC), paris_midnight_utc(FIRST_DAY))
    end = min(datetime(year + 1, 1, 1, tzinfo=UTC), timetable.day_ahead_forecast_end_utc)
    if begin >= end:
        return NOT_FOUND
    start, stop = (
        int(np.searchsorted(world.quarters_utc, np.datetime64(at.replace(tzinfo=None), "m"))) for at in (begin, end)
    )
    change = int(np.clip(np.searchsorted(world.quarters_utc, QUARTERS_FROM_UTC), start, stop))
    lines = [HEADER]
    lines += _lines(world, timetable, slice(start, change), QUARTERS_PER_HOUR)
    lines += _lines(world, timetable, slice(change, stop), 1)
    return text_answer("\n".join(lines) + "\n", "text/csv; charset=utf-8")


def _lines(world: World, timetable: Timetable, part: slice, quarters: int) -> list[str]:
    starts = world.quarters_utc[part][::quarters]
    ends = starts + quarters * QUARTER
    forecast = _mean(world.load.forecast_d1[part], quarters)
    actual = _mean(world.load.real_time[part], quarters)
    known = ends <= np.datetime64(timetable.entsoe_actual_end_utc.replace(tzinfo=None), "m")
    shown = np.where(known, actual.astype(str), MISSING)
    times = zip(_stamp(starts), _stamp(ends), strict=True)
    return [f'"{a} - {b}","{f}","{v}"' for (a, b), f, v in zip(times, forecast, shown, strict=True)]


def _mean(values: Floats, quarters: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    whole: np.ndarray[tuple[int], np.dtype[np.int64]] = np.round(values.reshape(-1, quarters).mean(axis=1)).astype(int)
    return whole


def _stamp(instants: Minutes) -> list[str]:
    """As dd.mm.yyyy HH:MM."""
    texts = np.datetime_as_string(instants, unit="m").tolist()
    return [f"{t[8:10]}.{t[5:7]}.{t[:4]} {t[11:]}" for t in texts]
