"""Inputs laid out as days x slots, each value hidden from the issue times that could not know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml import days as civil
from ml.inputs import WEATHER_VARIABLES

if TYPE_CHECKING:
    from datetime import date

    from ml.days import Grid
    from ml.inputs import Inputs

CITY_POPULATIONS = {
    "bayonne": 2_428_000,
    "brest": 3_395_000,
    "lille": 9_312_000,
    "limoges": 3_641_000,
    "lyon": 10_914_000,
    "marseille": 5_475_000,
    "nantes": 3_854_000,
    "paris": 14_890_000,
    "strasbourg": 5_561_000,
    "toulouse": 6_022_000,
}
"""Inhabitants that each city's weather stands for: the figures of the warehouse's seed `weather_city_populations`."""
CITIES = tuple(CITY_POPULATIONS)
SMOOTHING_HALF_LIVES_H = (8, 30, 80, 240)
"""Half-lives, in hours, of the smoothed temperatures: how buildings and habits remember the weather."""
OFFSET_HALF_LIFE_H = 30 * 24
WEATHER_PATIENCE_DAYS = 7
"""For so many days an hour without any weather takes that of the day before."""
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Panel:
    """Days x slots (25) of everything; power in GW, NaN where nothing is.

    ``use_day[d, s]`` is the index of the first day whose issue time knows the load of that slot (NEVER: none).
    RTE's forecast and the weather of a day are there only where that day's own issue time knew them.
    ``weather_cities`` counts the cities that stand behind the temperature, 0 where it is another day's.
    """

    days: pd.DatetimeIndex
    start_utc: npt.NDArray[np.datetime64]
    load_gw: Grid
    rte_gw: Grid
    use_day: npt.NDArray[np.int32]
    weather: dict[str, Grid]
    city_differences_c: npt.NDArray[np.float64]
    weather_cities: npt.NDArray[np.int32]
    city_present: npt.NDArray[np.bool_]
    calendar: pd.DataFrame
    is_synthetic: bool

    @property
    def exists(self) -> npt.NDArray[np.bool_]:
        """Which slots the days have."""
        return ~np.isnat(self.start_utc)

    def index_of(self, day: date) -> int:
        """Index of a Paris day."""
        return int((pd.Timestamp(day) - self.days[0]).days)


def build(inputs: Inputs, first: date, last: date) -> Panel:
    """Lay ``inputs`` out for the Paris days ``first`` to ``last``, both included."""
    days = civil.day_range(first, last)
    hours = civil.hours_of_days(days)
    index = pd.DatetimeIndex(hours["hour_start_utc"])
    issue = civil.issue_times(days)
    at = (hours["day"].to_numpy(), hours["slot"].to_numpy())
    own_issue = issue[at[0]]

    national = inputs.national.set_index("hour_start_utc").reindex(index)
    load, use_day = _load(national, issue)
    rte = _masked(national, "forecast_rte_d1_mw", "forecast_rte_d1_known_at_utc", own_issue)
    cities = _city_weather(inputs.weather, index, own_issue)
    weather, differences, counts = _national_weather(cities)

    def grid(values: npt.NDArray[np.float64]) -> Grid:
        out = np.full((len(days), civil.SLOTS, *values.shape[1:]), np.nan)
        out[at] = values
        return out

    start = np.full((len(days), civil.SLOTS), np.datetime64("NaT", "ns"))
    start[at] = index.tz_localize(None).to_numpy()
    use = np.full((len(days), civil.SLOTS), NEVER, np.int32)
    use[at] = use_day
    return Panel(
        days=days,
        start_utc=start,
        load_gw=grid(load) / 1e3,
        rte_gw=grid(rte) / 1e3,
        use_day=use,
        weather={name: grid(values) for name, values in weather.items()},
        city_differences_c=grid(differences),
        weather_cities=np.nan_to_num(grid(counts.astype(np.float64))).astype(np.int32),
        city_present=np.nan_to_num(grid(np.isfinite(cities["temperature_c"]).astype(np.float64))).astype(bool),
        calendar=inputs.calendar.set_index("date_paris"),
        is_synthetic=inputs.is_synthetic,
    )


def _utc_values(column: pd.Series) -> npt.NDArray[np.datetime64]:
    return np.asarray(column.dt.tz_convert("UTC").dt.tz_localize(None).dt.as_unit("ns").to_numpy())


def _masked(frame: pd.DataFrame, value: str, known: str, issue: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
    seen = np.less_equal(_utc_values(frame[known]), issue)  # NaT compares false
    return np.where(seen, frame[value].to_numpy(dtype=np.float64), np.nan)


def _load(
    national: pd.DataFrame, issue: npt.NDArray[np.datetime64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    load = national["load_realtime_mw"].to_numpy(dtype=np.float64)
    known = _utc_values(national["load_realtime_known_at_utc"])
    use_day = np.searchsorted(issue, known, side="left")
    usable = np.isfinite(load) & ~np.isnat(known) & (use_day < len(issue))
    return load, np.where(usable, use_day, NEVER)


# -- weather --------------------------------------------------------------------------------------------------------


def _city_weather(
    weather: pd.DataFrame, index: pd.DatetimeIndex, own_issue: npt.NDArray[np.datetime64]
) -> dict[str, npt.NDArray[np.float64]]:
    """Each variable as hours x cities, without what its own day's issue time did not know."""
    row = index.get_indexer(pd.DatetimeIndex(weather["hour_start_utc"]))
    column = pd.Index(CITIES).get_indexer(pd.Index(weather["city"]))
    keep = np.asarray((row >= 0) & (column >= 0))
    keep &= _utc_values(weather["known_at_utc"]) <= own_issue[np.where(row >= 0, row, 0)]
    out = {}
    for name in WEATHER_VARIABLES:
        values = np.full((len(index), len(CITIES)), np.nan)
        values[row[keep], column[keep]] = weather[name].to_numpy(dtype=np.float64)[keep]
        out[name] = values
    return out


def _weighted_mean(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    weights = np.array([CITY_POPULATIONS[city] for city in CITIES], np.float64)
    there = np.isfinite(values)
    total = (there * weights).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((np.where(there, values, 0.0) * weights).sum(axis=1) / total)


def _usual_offsets(temperature: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How much warmer than the country each city lately was in hours that all cities have; 0 where none has."""
    whole: npt.NDArray[np.bool_] = np.isfinite(temperature).sum(axis=1) == temperature.shape[1]
    difference = np.where(whole[:, None], temperature - _weighted_mean(temperature)[:, None], np.nan)
    frame = pd.DataFrame(difference).ewm(halflife=OFFSET_HALF_LIFE_H, ignore_na=True).mean()
    return np.asarray(frame.ffill().fillna(0.0), dtype=np.float64)


def _national_weather(
    cities: dict[str, npt.NDArray[np.float64]],
) -> tuple[dict[str, npt.NDArray[np.float64]], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """National series and smoothed temperatures, each city's difference in temperature, and the cities behind them.

    A missing city is taken to differ from the others as it lately did: the mean of nine cities is else too warm
    without Lille and too cold without Marseille. An hour without any city takes the weather of the day before.
    """
    temperature = cities["temperature_c"]
    counts = np.isfinite(temperature).sum(axis=1)
    offsets = _usual_offsets(temperature)
    national = np.where(counts == len(CITIES), _weighted_mean(temperature), _weighted_mean(temperature - offsets))
    differences = np.where(np.isfinite(temperature), temperature - national[:, None], offsets)
    weather = {"temperature_c": _persisted(national)}
    for name in WEATHER_VARIABLES[1:]:
        weather[name] = _persisted(_weighted_mean(cities[name]))
    for name in ("cloud_cover_pct", "relative_humidity_pct"):  # archived values stray past 100 by rounding
        weather[name] = np.clip(weather[name], 0.0, 100.0)
    series = pd.Series(weather["temperature_c"])
    for half_life in SMOOTHING_HALF_LIVES_H:
        smooth = series.ewm(halflife=half_life).mean().where(series.notna())
        weather[f"temperature_{half_life}h_c"] = smooth.to_numpy(dtype=np.float64)
    return weather, differences, counts


def _persisted(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    filled = pd.Series(values)
    for _ in range(WEATHER_PATIENCE_DAYS):
        filled = filled.fillna(filled.shift(24))
    return np.asarray(filled, dtype=np.float64)
