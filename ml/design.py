"""Regressors of the linear stage: calendar, season, temperature and the rest of the weather.

All are functions of the target day alone. Each is centred and scaled by constants of the French climate and calendar
(below), never by the data at hand: nothing of a later day can reach an earlier one through them.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml import days as civil
from ml.panel import CITIES

if TYPE_CHECKING:
    from ml.days import Grid
    from ml.panel import Panel

CLIMATE_MEAN_C, CLIMATE_SD_C = 12.5, 7.0
KNOTS_C = (3, 6, 9, 12, 15, 18, 21, 24)
COLD_KNOTS_UP_TO_C = 16
"""Knots below this bend with cold (heating), those above with heat (cooling)."""
SEASON_HARMONICS = 4
YEAR_DAYS = 365.25
EASTER_DAYS = {1: "easter_monday", 39: "ascension", 50: "whit_monday"}
FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
SPECIAL_SPANS = {  # month * 100 + day, both ends included
    "before_christmas": (1222, 1223),
    "christmas_eve": (1224, 1224),
    "after_christmas": (1226, 1227),
    "between_the_years": (1228, 1230),
    "new_years_eve": (1231, 1231),
    "after_new_year": (102, 103),
    "twelfth_night": (104, 105),
    "late_july": (714, 731),
    "early_august": (801, 815),
    "mid_august": (808, 822),
}
SATURDAY, SUNDAY = 5, 6


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap, skipped = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * skipped + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


class Columns:
    """Collects standardised regressors as grids of days x slots."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self.names: list[str] = []
        self._values: list[Grid] = []

    def add(self, name: str, values: npt.NDArray[np.generic], centre: float, scale: float) -> None:
        """Add a regressor given per day or per day and slot, as (value - centre) / scale."""
        grid = np.asarray(values, np.float64)
        if grid.ndim == 1:
            grid = grid[:, None]
        self.names.append(name)
        self._values.append(np.broadcast_to((grid - centre) / scale, self.shape))

    def flag(self, name: str, values: npt.NDArray[np.generic], share: float) -> None:
        """Add an indicator that is true on about ``share`` of the days."""
        self.add(name, values, share, math.sqrt(share * (1 - share)))

    def matrix(self) -> npt.NDArray[np.float64]:
        """Days x slots x (regressors + 1); the last one is the constant."""
        return np.stack([*self._values, np.ones(self.shape)], axis=2)


def build(panel: Panel) -> tuple[npt.NDArray[np.float64], list[str]]:
    """The design of all days and slots, and the regressors' names; NaN where there is no temperature."""
    columns = Columns(panel.load_gw.shape)
    kind = DayKind(panel)
    _calendar(columns, kind)
    _season(columns, kind)
    _temperature(columns, panel)
    _other_weather(columns, panel, kind)
    _day_shape(columns, panel, kind)
    return columns.matrix(), [*columns.names, "constant"]


class DayKind:
    """What sort of day each Paris day is."""

    def __init__(self, panel: Panel) -> None:
        days = panel.days
        self.days = days
        self.weekday: npt.NDArray[np.int64] = np.asarray(days.day_of_week, np.int64)
        around = civil.day_range(days[0] - pd.Timedelta(days=1), days[-1] + pd.Timedelta(days=1))
        known = panel.calendar.reindex(around)

        def flag(name: str) -> npt.NDArray[np.bool_]:
            return np.asarray(known[name].eq(True), bool)  # noqa: FBT003 - a day without a row is an ordinary one

        holiday = flag("is_public_holiday")
        self.holiday, self.after_holiday, self.before_holiday = holiday[1:-1], holiday[:-2], holiday[2:]
        self.bridge = flag("is_bridge_day")[1:-1]
        self.zones = np.stack([flag(f"is_school_holiday_zone_{zone}")[1:-1] for zone in "abc"], axis=1)
        self.month_day = np.asarray(days.month * 100 + days.day, np.int64)
        self.easter_offset = np.array([(day.date() - easter_sunday(day.year)).days for day in days])
        self.season: npt.NDArray[np.float64] = np.asarray((days.day_of_year - 0.5) / YEAR_DAYS, np.float64)

    @property
    def weekend(self) -> npt.NDArray[np.bool_]:
        """Saturdays and Sundays."""
        return np.asarray(self.weekday >= SATURDAY)


def _calendar(columns: Columns, kind: DayKind) -> None:
    holiday = kind.holiday
    for weekday in range(7):
        columns.flag(f"weekday_{weekday}", (kind.weekday == weekday) & ~holiday, 1 / 7)
    columns.flag("holiday_weekday", holiday & (kind.weekday < SATURDAY), 9 / 365)
    columns.flag("holiday_saturday", holiday & (kind.weekday == SATURDAY), 1 / 365)
    columns.flag("holiday_sunday", holiday & (kind.weekday == SUNDAY), 1 / 365)
    for month, day in FIXED_HOLIDAYS:
        columns.flag(f"holiday_{month:02d}_{day:02d}", holiday & (kind.month_day == month * 100 + day), 1 / 365)
    for offset, name in EASTER_DAYS.items():
        columns.flag(name, holiday & (kind.easter_offset == offset), 1 / 365)
    columns.flag("bridge_day", kind.bridge, 4 / 365)
    for name, beside in (("after_holiday", kind.after_holiday), ("before_holiday", kind.before_holiday)):
        columns.flag(f"{name}_weekday", beside & ~holiday & ~kind.weekend, 7 / 365)
        columns.flag(f"{name}_weekend", beside & kind.weekend, 3 / 365)
    for name, (first, last) in SPECIAL_SPANS.items():
        span = (kind.month_day >= first) & (kind.month_day <= last)
        columns.flag(name, span, (last - first + 1) / 365)
    for index, zone in enumerate("abc"):
        columns.flag(f"school_holiday_{zone}", kind.zones[:, index], 0.33)
    columns.add("school_holiday_zones_workday", kind.zones.sum(axis=1) * ~kind.weekend, 0.7, 1.1)


def _season(columns: Columns, kind: DayKind) -> None:
    for harmonic in range(1, SEASON_HARMONICS + 1):
        for name, wave in _waves(kind, harmonic):
            columns.add(f"season_{name}", wave, 0.0, math.sqrt(0.5))
            if harmonic <= 2:  # noqa: PLR2004 - the two slowest waves differ at weekends
                columns.add(f"season_{name}_weekend", wave * kind.weekend, 0.0, math.sqrt(0.5 * 2 / 7))
    for name, wave in _waves(kind, 1):
        columns.add(f"season_{name}_holiday", wave * kind.holiday, 0.0, math.sqrt(0.5 * 11 / 365))


def _waves(kind: DayKind, harmonic: int) -> list[tuple[str, npt.NDArray[np.float64]]]:
    angle = 2 * np.pi * harmonic * kind.season
    return [(f"cos{harmonic}", np.cos(angle)), (f"sin{harmonic}", np.sin(angle))]


def hinge_moments(knot_c: float) -> tuple[float, float]:
    """Mean and standard deviation of max(knot - T, 0) for T of the French climate (normal)."""
    z = (knot_c - CLIMATE_MEAN_C) / CLIMATE_SD_C
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    below = (1 + math.erf(z / math.sqrt(2))) / 2
    mean = z * below + density
    second = (z * z + 1) * below + z * density
    return CLIMATE_SD_C * mean, CLIMATE_SD_C * math.sqrt(second - mean * mean)


def _hinge(columns: Columns, name: str, values: Grid, knot_c: float) -> None:
    if knot_c <= COLD_KNOTS_UP_TO_C:
        columns.add(f"{name}_below_{knot_c}", np.maximum(knot_c - values, 0.0), *hinge_moments(knot_c))
    else:
        mirrored = 2 * CLIMATE_MEAN_C - knot_c
        columns.add(f"{name}_above_{knot_c}", np.maximum(values - knot_c, 0.0), *hinge_moments(mirrored))


def _temperature(columns: Columns, panel: Panel) -> None:
    for name, values in panel.weather.items():
        if name.startswith("temperature"):
            columns.add(name, values, CLIMATE_MEAN_C, CLIMATE_SD_C)
            for knot in KNOTS_C:
                _hinge(columns, name, values, knot)


def _other_weather(columns: Columns, panel: Panel, kind: DayKind) -> None:
    cloud, wind, humidity, rain = other_weather(panel)
    columns.add("cloud", cloud, 60.0, 30.0)
    columns.add("wind", wind, 12.0, 5.0)
    columns.add("humidity", humidity, 75.0, 14.0)
    columns.add("rain", rain, 0.1, 0.25)
    cold = np.maximum(15.0 - panel.weather["temperature_30h_c"], 0.0)
    columns.add("wind_in_cold", wind * cold, 45.0, 55.0)
    columns.add("cloud_in_cold", cloud * cold, 270.0, 280.0)
    for name, wave in _waves(kind, 1):
        columns.add(f"cloud_{name}", cloud * wave[:, None], 0.0, 48.0)
    for index, city in enumerate(CITIES):
        columns.add(f"difference_{city}", panel.city_differences_c[:, :, index], 0.0, 2.5)


def other_weather(panel: Panel) -> tuple[Grid, Grid, Grid, Grid]:
    """Cloud (%), wind (km/h), humidity (%) and rain (mm); where one is missing, its usual value."""
    usual = (
        ("cloud_cover_pct", 60.0),
        ("wind_speed_km_per_h", 12.0),
        ("relative_humidity_pct", 75.0),
        ("precipitation_mm", 0.1),
    )
    cloud, wind, humidity, rain = (
        np.where(np.isfinite(panel.weather[name]), panel.weather[name], value) for name, value in usual
    )
    return cloud, wind, humidity, rain


def _day_shape(columns: Columns, panel: Panel, kind: DayKind) -> None:
    """What the day as a whole is like, and how weekends and holidays answer to the weather."""
    temperature, exists = panel.weather["temperature_c"], panel.exists
    cloud, wind, _, _ = other_weather(panel)
    low, mean, high = day_statistics(temperature, exists)
    columns.add("day_mean", mean, CLIMATE_MEAN_C, CLIMATE_SD_C)
    columns.add("day_high", high, CLIMATE_MEAN_C + 4, CLIMATE_SD_C + 1)
    columns.add("day_low", low, CLIMATE_MEAN_C - 4, CLIMATE_SD_C - 1)
    columns.add("day_mean_below_15", np.maximum(15 - mean, 0), *hinge_moments(15))
    columns.add("day_mean_above_20", np.maximum(mean - 20, 0), *hinge_moments(5))
    columns.add("day_high_above_25", np.maximum(high - 25, 0), *hinge_moments(4))
    smooth = panel.weather["temperature_30h_c"]
    cold, hot = np.maximum(15 - smooth, 0), np.maximum(smooth - 20, 0)
    rest = (kind.weekday == SUNDAY) | kind.holiday
    columns.add("cold_saturday", cold * (kind.weekday == SATURDAY)[:, None], 0.6, 2.0)
    columns.add("cold_sunday", cold * rest[:, None], 0.7, 2.2)
    columns.add("hot_weekend", hot * (kind.weekend | kind.holiday)[:, None], 0.1, 0.6)
    columns.add("cloud_4h", _mean_of_hours_before(cloud, exists, 4), 60.0, 28.0)
    columns.add("cloud_day", day_statistics(cloud, exists)[1], 60.0, 24.0)
    columns.add("wind_day", day_statistics(wind, exists)[1], 12.0, 4.0)


def day_statistics(
    values: Grid, exists: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Lowest, mean and highest value of each day over the slots that have one; NaN where none has."""
    there = exists & np.isfinite(values)
    count = there.sum(axis=1)
    none = count == 0
    mean = np.where(there, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    low, high = np.where(there, values, np.inf).min(axis=1), np.where(there, values, -np.inf).max(axis=1)
    return np.where(none, np.nan, low), np.where(none, np.nan, mean), np.where(none, np.nan, high)


def _mean_of_hours_before(values: Grid, exists: npt.NDArray[np.bool_], hours: int) -> Grid:
    """Mean of this and the slots before within the same day."""
    there = exists & np.isfinite(values)
    total, count = np.zeros_like(values), np.zeros_like(values)
    for back in range(hours):
        total[:, back:] += np.where(there, values, 0.0)[:, : civil.SLOTS - back]
        count[:, back:] += there[:, : civil.SLOTS - back]
    return total / np.maximum(count, 1)
