"""What time it is in the demo, what it spans, and when each publisher's figures become known there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

PARIS = ZoneInfo("Europe/Paris")

DEMO_CLOCK_UTC = datetime(2026, 4, 14, 10, tzinfo=UTC)
"""Now, in the demo: 12:00 in Paris, the issue time of the forecast for 2026-04-15."""
DEMO_SEED = 20260414

FIRST_DAY = date(2023, 4, 1)
FIRST_PRICE_DAY = date(2025, 9, 25)
FIRST_QUARTER_PRICE_DAY = date(2025, 10, 1)
"""First delivery day of the 15-minute products in the European day-ahead coupling."""
FORECAST_DAYS = 3

SPIN_UP_START_UTC = np.datetime64("2023-03-01T00:00", "m")
"""Generation starts here, so that smoothed quantities have settled by the first day that is served."""
END_UTC = np.datetime64("2026-04-19T00:00", "m")
HOUR = np.timedelta64(60, "m")
QUARTER = np.timedelta64(15, "m")
QUARTERS_PER_HOUR = 4

Minutes = np.ndarray[tuple[int], np.dtype[np.datetime64]]


def paris_offset_hours(utc: Minutes) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Hours from UTC to French legal time: 2 from the last Sunday of March, 01:00 UTC, to that of October, else 1."""
    offsets = np.ones(utc.shape, dtype=np.int64)
    for year in range(int(utc[0].astype("datetime64[Y]").astype(int)) + 1970, 2028):
        summer = (utc >= _change(year, 3)) & (utc < _change(year, 10))
        offsets[summer] = 2
    return offsets


def to_paris(utc: Minutes) -> Minutes:
    """Wall clock of France at each instant, without its offset."""
    return utc + paris_offset_hours(utc) * HOUR


def paris_midnight_utc(day: date) -> datetime:
    """Instant at which a civil day of France begins."""
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def _change(year: int, month: int) -> np.datetime64:
    last = date(year, month, 31)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return np.datetime64(sunday, "m") + HOUR


@dataclass(frozen=True)
class Timetable:
    """When figures become known, as seen from one clock: the rules of docs/data-model.md.

    ``real_time_end_utc`` and its like are exclusive ends of what the publisher shows at ``clock_utc``.
    """

    clock_utc: datetime = DEMO_CLOCK_UTC

    @property
    def real_time_end_utc(self) -> datetime:
        """éCO2mix temps réel: a quarter of an hour is known 30 minutes after its end."""
        known = self.clock_utc - timedelta(minutes=30)
        return known.replace(minute=known.minute // 15 * 15, second=0, microsecond=0)

    @property
    def entsoe_actual_end_utc(self) -> datetime:
        """ENTSO-E actual load: known 60 minutes after the interval's end."""
        known = self.clock_utc - timedelta(minutes=60)
        return known.replace(minute=known.minute // 15 * 15, second=0, microsecond=0)

    @property
    def paris_now(self) -> datetime:
        """The clock as the clocks of France show it."""
        return self.clock_utc.astimezone(PARIS)

    @property
    def day_ahead_forecast_end_utc(self) -> datetime:
        """RTE's day-ahead forecast: published at 10:00 Paris time on the day before."""
        days = 2 if self.paris_now.hour >= 10 else 1  # noqa: PLR2004 - the hour of publication
        return paris_midnight_utc(self.paris_now.date() + timedelta(days=days))

    @property
    def last_price_day(self) -> date:
        """Day-ahead prices: published at 13:00 Paris time on the day before."""
        days = 1 if self.paris_now.hour >= 13 else 0  # noqa: PLR2004 - the hour of publication
        return self.paris_now.date() + timedelta(days=days)

    @property
    def last_weather_day(self) -> date:
        """Last UTC day that the weather forecast reaches."""
        return self.clock_utc.date() + timedelta(days=FORECAST_DAYS)

    @property
    def consolidated_end(self) -> date:
        """éCO2mix consolidé: a month is known from the 15th of the month after it, 00:00 UTC."""
        month = self.clock_utc.date().replace(day=1)
        ready = self.clock_utc >= datetime(month.year, month.month, 15, tzinfo=UTC)
        return month if ready else (month - timedelta(days=1)).replace(day=1)

    @property
    def definitive_end(self) -> date:
        """éCO2mix définitif: a year is known from 1 June of the year after it."""
        year = self.clock_utc.year
        return date(year if self.clock_utc >= datetime(year, 6, 1, tzinfo=UTC) else year - 1, 1, 1)

    @property
    def real_time_start(self) -> date:
        """First day that is still in the real-time dataset: it holds this month and the two before it."""
        first = self.clock_utc.date().replace(day=1)
        for _ in range(2):
            first = (first - timedelta(days=1)).replace(day=1)
        return first
