"""National load in MW on the quarter-hourly grid, and what the grid operator forecast of it.

Load is a sum: a base that follows the calendar, heating below 15 °C, cooling above 24 °C, lighting, less what rooftops
produce for themselves, all times a slowly drifting level and times noise. The operator's day-ahead forecast is the same
model with the weather forecast, a level that lags behind, habits of the hour that it does not correct, and failures
around holidays: somebody who corrects for what the last days have shown can do better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingest.demo import noise, solar
from ingest.demo.civil import QUARTERS_PER_DAY
from ingest.demo.clock import HOUR, QUARTERS_PER_HOUR
from ingest.demo.weather import season

if TYPE_CHECKING:
    from ingest.demo.civil import Civil
    from ingest.demo.clock import Minutes
    from ingest.demo.noise import Floats
    from ingest.demo.weather import Weather

# Hourly means of a mild working day, GW, by the hour of the wall clock.
WORKING_DAY_GW = (
    *(41.2, 39.2, 37.7, 35.9, 35.1, 36.5, 39.5, 42.9, 45.4, 46.9, 47.7, 48.4),
    *(49.4, 48.5, 47.0, 45.4, 44.0, 43.4, 44.4, 45.5, 44.3, 43.5, 44.5, 44.3),
)
# The same of Saturdays and Sundays, as shares of a working day.
SATURDAY_SHARE = (
    *(1.0, 0.995, 0.99, 0.98, 0.97, 0.94, 0.89, 0.85, 0.855, 0.875, 0.89, 0.9),
    *(0.92, 0.915, 0.905, 0.9, 0.895, 0.9, 0.9, 0.895, 0.905, 0.915, 0.93, 0.94),
)
SUNDAY_SHARE = (
    *(0.95, 0.945, 0.94, 0.93, 0.91, 0.87, 0.805, 0.76, 0.76, 0.79, 0.82, 0.85),
    *(0.875, 0.865, 0.845, 0.835, 0.835, 0.845, 0.86, 0.875, 0.89, 0.91, 0.925, 0.925),
)
MONDAY_NIGHT_SHARE = (0.96, 0.96, 0.96, 0.965, 0.97, 0.98, *([1.0] * 18))
BRIDGE_SHARE = 0.93
SUMMER_TROUGH, CHRISTMAS_TROUGH, SCHOOL_HOLIDAY = 0.065, 0.05, 0.01

# Heating by the hour of the day, GW per °C of felt temperature below the threshold. Felt temperature is smoothed,
# so against the day's own mean the evening peak moves by about 2.4.
HEATING_GW_PER_C = (
    *(2.25, 2.25, 2.2, 2.15, 2.1, 2.15, 2.25, 2.4, 2.45, 2.45, 2.4, 2.35),
    *(2.3, 2.25, 2.2, 2.2, 2.3, 2.45, 2.65, 2.7, 2.6, 2.5, 2.4, 2.3),
)
HEATING_THRESHOLD_C, HEATING_SOFTNESS_C = 15.0, 1.2
COOLING_GW_PER_C, COOLING_THRESHOLD_C = 0.6, 24.0
# Lighting on the darkest day, GW.
LIGHTING_GW = (
    *(0.3, 0.2, 0.2, 0.2, 0.2, 0.4, 0.9, 1.7, 1.6, 0.6, 0.2, 0.0),
    *(0.0, 0.0, 0.0, 0.1, 0.8, 2.2, 3.0, 2.6, 1.8, 1.3, 0.9, 0.5),
)
SELF_CONSUMPTION_GW = (1.6, 0.65)
"""Rooftop capacity that serves its own house, on 2023-04-01, and what is added each year."""
TREND_PER_YEAR = -0.003
# What the operator is off at each hour of the day by habit, MW (positive: forecast too high).
OPERATOR_HABIT_MW = (
    *(250, -450, 350, -350, -400, -450, -400, 100, 250, 350, 300, 100),
    *(300, 600, 50, -50, -300, -600, -150, 800, 300, -150, -950, 950),
)
FORECAST_STEP_MW = 50


@dataclass(frozen=True)
class Load:
    """Quarter-hourly series in MW, unrounded but for the forecasts, which are published in steps of 50 MW."""

    real_time: Floats
    definitive: Floats
    consolidated: Floats
    forecast_d1: Floats
    forecast_d: Floats


@dataclass(frozen=True)
class _Unexplained:
    """What neither calendar nor weather explain, as shares of the load."""

    drift: Floats
    noise: Floats
    shape: Floats


def generate(seed: int, quarters_utc: Minutes, calendar: Civil, weather: Weather) -> Load:
    """Load and its forecasts for every quarter of an hour, a function of seed and grid alone."""
    unexplained = _Unexplained(
        drift=_drift(seed, quarters_utc),
        noise=_hourly_noise(seed, quarters_utc),
        shape=_shape_drift(seed, quarters_utc, calendar),
    )
    temperature = weather.national(weather.truth.temperature_2m)
    cloud = weather.national(weather.truth.cloud_cover)
    expected = _expected(quarters_utc, calendar, weather.hours_utc, temperature, cloud, self_consumption=1.0)
    fast = noise.ar1(seed, "load quarter", expected.shape, phi=0.5, sd=0.0012)
    real_time = expected * (1 + unexplained.drift + unexplained.noise + unexplained.shape + fast)
    forecast_d1 = _operator_day_ahead(seed, quarters_utc, calendar, weather, unexplained)
    intraday = 0.5 * forecast_d1 + 0.5 * real_time
    intraday = intraday * (1 + noise.ar1(seed, "operator intraday", expected.shape, phi=0.97, sd=0.004))
    definitive = real_time + _definitive_above_real_time(seed, quarters_utc)
    revision = noise.ar1(seed, "consolidated", expected.shape, phi=0.99, sd=60)
    return Load(
        real_time=real_time,
        definitive=definitive,
        consolidated=definitive + revision,
        forecast_d1=_published(forecast_d1),
        forecast_d=_published(intraday),
    )


def _published(forecast: Floats) -> Floats:
    steps: Floats = np.round(forecast / FORECAST_STEP_MW, 0)
    return steps * FORECAST_STEP_MW


def _by_quarter(hourly: tuple[float, ...]) -> Floats:
    """Hourly means as a curve through the middle of each hour, at the 96 quarters of a day."""
    centres = np.arange(24) + 0.5
    around = np.concatenate([[centres[-1] - 24], centres, [centres[0] + 24]])
    values = np.concatenate([[hourly[-1]], hourly, [hourly[0]]])
    curve: Floats = np.interp((np.arange(QUARTERS_PER_DAY) + 0.5) / QUARTERS_PER_HOUR, around, values)
    return curve


def _to_quarters(hours_utc: Minutes, hourly: Floats, quarters_utc: Minutes) -> Floats:
    values: Floats = np.interp(quarters_utc.astype(np.float64), hours_utc.astype(np.float64), hourly)
    return values


def _softplus(x: Floats, softness: float) -> Floats:
    soft: Floats = softness * np.logaddexp(0, x / softness)
    return soft


def _expected(
    quarters_utc: Minutes,
    calendar: Civil,
    hours_utc: Minutes,
    temperature: Floats,
    cloud: Floats,
    *,
    self_consumption: float,
    heating: float = 1.0,
) -> Floats:
    """Load in MW that calendar and weather explain; the last two arguments are how fully their effect is known."""
    day, quarter = calendar.day, calendar.quarter_of_day
    working_day = 1000 * _by_quarter(WORKING_DAY_GW)[quarter]
    load = working_day * _day_share(calendar)
    felt = 0.4 * noise.smooth(temperature, 3) + 0.6 * noise.smooth(temperature, 24)
    below = _softplus(HEATING_THRESHOLD_C - _to_quarters(hours_utc, felt, quarters_utc), HEATING_SOFTNESS_C)
    weekend = np.where(calendar.weekday[day] >= 5, 0.97, 1.0)  # noqa: PLR2004 - Saturday
    load += heating * 1000 * _by_quarter(HEATING_GW_PER_C)[quarter] * below * weekend
    hot = _softplus(_to_quarters(hours_utc, noise.smooth(temperature, 3), quarters_utc) - COOLING_THRESHOLD_C, 0.8)
    load += 1000 * COOLING_GW_PER_C * hot
    darkness = (1 - season(quarters_utc)) / 2
    load += 1000 * _by_quarter(LIGHTING_GW)[quarter] * darkness
    years = (quarters_utc - np.datetime64("2023-04-01", "m")) / HOUR / 8766
    capacity = 1000 * (SELF_CONSUMPTION_GW[0] + SELF_CONSUMPTION_GW[1] * years)
    sunshine = solar.output_share(quarters_utc, _to_quarters(hours_utc, cloud, quarters_utc))
    return load - self_consumption * capacity * sunshine


def _day_share(calendar: Civil) -> Floats:
    """Share of a working day's base load, quarter by quarter."""
    shares = np.ones((8, QUARTERS_PER_DAY))
    shares[0] = _by_quarter(MONDAY_NIGHT_SHARE)
    shares[4] *= 0.99
    shares[5], shares[6] = _by_quarter(SATURDAY_SHARE), _by_quarter(SUNDAY_SHARE)
    shares[7] = shares[6] * 0.99
    kind = np.where(calendar.is_holiday == 1, 7, calendar.weekday)
    by_day = shares[kind]
    by_day = np.where((calendar.is_bridge == 1)[:, None] & (kind < 5)[:, None], by_day * BRIDGE_SHARE, by_day)  # noqa: PLR2004
    less = SUMMER_TROUGH * calendar.summer_trough + CHRISTMAS_TROUGH * calendar.christmas_trough
    by_day = by_day * (1 - less - SCHOOL_HOLIDAY * calendar.school_zones / 3)[:, None]
    share: Floats = by_day[calendar.day, calendar.quarter_of_day]
    return share


def _drift(seed: int, quarters_utc: Minutes) -> Floats:
    """Slow movements of the level: the economy, prices, thrift."""
    years = (quarters_utc - quarters_utc[0]) / HOUR / 8766
    phi = float(np.exp(-1 / (30 * QUARTERS_PER_DAY)))
    wander = noise.ar1(seed, "load drift", quarters_utc.shape, phi=phi, sd=0.009)
    level: Floats = TREND_PER_YEAR * years + wander
    return level


def _hourly_noise(seed: int, quarters_utc: Minutes) -> Floats:
    """What nobody can explain, as a share of the load: about 1 %, lasting a day or two, and a shorter part."""
    hours = len(quarters_utc) // QUARTERS_PER_HOUR
    grid = quarters_utc[::QUARTERS_PER_HOUR]
    lasting = noise.ar1(seed, "load noise lasting", (hours,), phi=0.975, sd=0.009)
    short = noise.ar1(seed, "load noise short", (hours,), phi=0.8, sd=0.004)
    return _to_quarters(grid, lasting + short, quarters_utc)


def _shape_drift(seed: int, quarters_utc: Minutes, calendar: Civil) -> Floats:
    """Slow changes of the day's shape: two harmonics whose amplitudes wander within three weeks."""
    angle = 2 * np.pi * calendar.quarter_of_day / QUARTERS_PER_DAY
    phi = float(np.exp(-1 / (20 * QUARTERS_PER_DAY)))
    amplitudes = noise.ar1(seed, "load shape", (len(quarters_utc), 4), phi=phi, sd=0.004)
    waves = np.stack([np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)], axis=1)
    total: Floats = (amplitudes * waves).sum(axis=1)
    return total


def _definitive_above_real_time(seed: int, quarters_utc: Minutes) -> Floats:
    """By how many MW the final figure is above the real-time one: 600 to 1,300, changing within weeks."""
    phi = float(np.exp(-1 / (20 * QUARTERS_PER_DAY)))
    slow = noise.ar1(seed, "definitive", quarters_utc.shape, phi=phi, sd=110)
    return np.clip(950 - 100 * season(quarters_utc) + slow, 600, 1300)


# -- the operator's forecast ---------------------------------------------------------------------------------------


def _operator_day_ahead(
    seed: int,
    quarters_utc: Minutes,
    calendar: Civil,
    weather: Weather,
    unexplained: _Unexplained,
) -> Floats:
    hours = weather.hours_utc
    temperature = weather.national(weather.published.temperature_2m)
    temperature = temperature + noise.ar1(seed, "operator temperature", hours.shape, phi=0.96, sd=0.45)
    cloud = weather.national(weather.published.cloud_cover)
    expected = _expected(quarters_utc, calendar, hours, temperature, cloud, self_consumption=0.8, heating=0.985)
    week = 7 * QUARTERS_PER_DAY
    known = _delayed(unexplained.drift, week // 2) + _delayed(unexplained.shape, week)
    known += 0.45 * _at_issue(unexplained.noise, calendar)
    judgement = noise.ar1(seed, "operator judgement", quarters_utc.shape, phi=0.985, sd=0.013)
    judgement += noise.ar1(seed, "operator haste", quarters_utc.shape, phi=0.9, sd=0.009)
    habit_strength = 1 + noise.ar1(
        seed, "operator habit", quarters_utc.shape, phi=float(np.exp(-1 / (15 * QUARTERS_PER_DAY))), sd=0.4
    )
    habit = _by_quarter(OPERATOR_HABIT_MW)[calendar.quarter_of_day] * habit_strength
    return expected * (1 + known + judgement + _holiday_failures(seed, calendar)) + habit


def _delayed(values: Floats, steps: int) -> Floats:
    return np.concatenate([np.full(steps, values[0]), values[:-steps]])


def _at_issue(hourly_noise: Floats, calendar: Civil) -> Floats:
    """For each day, the noise at 08:00 on the day before: the last thing the operator saw when it issued."""
    issue_quarter = 8 * QUARTERS_PER_HOUR
    at_eight = np.zeros(len(calendar.weekday))
    seen = calendar.quarter_of_day == issue_quarter
    at_eight[calendar.day[seen]] = hourly_noise[seen]
    before = np.concatenate([[0.0], at_eight[:-1]])
    result: Floats = before[calendar.day]
    return result


def _holiday_failures(seed: int, calendar: Civil) -> Floats:
    """Holidays, bridges and the days around Christmas are few and unlike each other: each goes wrong in its own way."""
    rng = noise.stream(seed, "operator holidays")
    special = calendar.is_holiday + 0.8 * calendar.is_bridge + 0.5 * (calendar.christmas_trough > 0)
    miss = rng.normal(0.01, 0.035, size=len(special)) * np.minimum(1, special)
    result: Floats = miss[calendar.day]
    return result
