"""Weather of ten cities, hourly: what it is, and what the forecaster said it would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingest.demo import noise
from ingest.demo.clock import DEMO_CLOCK_UTC, HOUR

if TYPE_CHECKING:
    from ingest.demo.clock import Minutes
    from ingest.demo.noise import Floats


@dataclass(frozen=True)
class City:
    """A place and its climate: temperatures in °C, wind in km/h; ``weight`` is its share of the national mean."""

    name: str
    latitude: float
    longitude: float
    weight: float
    mean_c: float
    annual_amplitude_c: float
    diurnal_winter_c: float
    diurnal_summer_c: float
    cloudiness: float
    wind_km_per_h: float


# Climate figures are round ones, in the range of 2022-2024; weights follow the population of the regions around.
CITIES = (
    City("bayonne", 43.49, -1.47, 0.04, 15.0, 7.2, 2.7, 4.2, 0.45, 10.9),
    City("brest", 48.39, -4.49, 0.05, 12.6, 5.5, 1.2, 3.5, 0.50, 16.1),
    City("lille", 50.63, 3.06, 0.13, 12.1, 7.7, 1.2, 4.4, 0.50, 12.8),
    City("limoges", 45.83, 1.26, 0.04, 12.7, 8.3, 2.2, 5.5, 0.45, 7.7),
    City("lyon", 45.76, 4.84, 0.14, 14.1, 9.8, 2.1, 5.5, 0.40, 8.0),
    City("marseille", 43.30, 5.37, 0.10, 17.3, 8.4, 2.1, 2.4, -0.20, 14.3),
    City("nantes", 47.22, -1.55, 0.10, 13.9, 7.4, 1.7, 5.0, 0.45, 13.1),
    City("paris", 48.85, 2.35, 0.23, 13.4, 8.2, 1.4, 4.7, 0.60, 9.8),
    City("strasbourg", 48.58, 7.75, 0.08, 13.1, 9.3, 1.5, 5.0, 0.60, 8.6),
    City("toulouse", 43.60, 1.44, 0.09, 14.8, 9.1, 2.5, 5.4, 0.30, 9.5),
)
WEIGHTS = np.array([city.weight for city in CITIES])
WARMEST_DAY_OF_YEAR = 205
DAYS_PER_YEAR = 365.2425
WARMEST_SOLAR_HOUR = 14.5
LEAD_GROWTH_PER_DAY = 0.5
"""By how much the forecast's error grows with each day that it looks ahead of the demo's clock."""


@dataclass(frozen=True)
class WeatherFields:
    """One set of fields, each (hours, cities): °C, mm, km/h, %, m³/m³, %."""

    temperature_2m: Floats
    precipitation: Floats
    wind_speed_10m: Floats
    cloud_cover: Floats
    soil_moisture_1_to_3cm: Floats
    relative_humidity_2m: Floats


@dataclass(frozen=True)
class Weather:
    """``truth`` drives load and production; ``published`` is the forecast of it, all that the publisher gives out."""

    hours_utc: Minutes
    truth: WeatherFields
    published: WeatherFields

    def national(self, values: Floats) -> Floats:
        """Population-weighted mean of the ten cities, (hours,)."""
        mean: Floats = values @ WEIGHTS
        return mean


def season(utc: Minutes) -> Floats:
    """Phase of the year as a cosine: 1 at its warmest, -1 at its coldest."""
    day = (utc - utc.astype("datetime64[Y]")).astype("timedelta64[m]").astype(np.float64) / (24 * 60)
    phase: Floats = np.cos(2 * np.pi * (day - WARMEST_DAY_OF_YEAR) / DAYS_PER_YEAR)
    return phase


def generate(seed: int, hours_utc: Minutes) -> Weather:
    """Weather of every hour of ``hours_utc`` for all cities: a function of seed and hours alone."""
    cloud_score = _cloud_score(seed, hours_utc)
    cloud = 100 * np.clip(0.5 + 0.9 * cloud_score, 0, 1)
    temperature = _temperature(seed, hours_utc, cloud)
    precipitation = _precipitation(seed, cloud_score)
    truth = WeatherFields(
        temperature_2m=temperature,
        precipitation=precipitation,
        wind_speed_10m=_wind(seed, hours_utc),
        cloud_cover=cloud,
        soil_moisture_1_to_3cm=_soil_moisture(hours_utc, precipitation),
        relative_humidity_2m=_humidity(seed, hours_utc, temperature, cloud),
    )
    return Weather(hours_utc, truth, _forecast_of(seed, hours_utc, truth))


def _column(attribute: str) -> Floats:
    return np.array([getattr(city, attribute) for city in CITIES], dtype=np.float64)


def _solar_hour(hours_utc: Minutes) -> Floats:
    hour = (hours_utc - hours_utc.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.float64)
    solar_hour: Floats = hour[:, None] + _column("longitude") / 15
    return solar_hour


def _temperature(seed: int, hours_utc: Minutes, cloud: Floats) -> Floats:
    warm = season(hours_utc)[:, None]
    climate = _column("mean_c") + _column("annual_amplitude_c") * warm
    low, high = _column("diurnal_winter_c"), _column("diurnal_summer_c")
    swing = (low + (high - low) * (1 + warm) / 2) * (1.35 - 0.55 * cloud / 100)
    angle = 2 * np.pi * (_solar_hour(hours_utc) - WARMEST_SOLAR_HOUR) / 24
    diurnal = swing * (np.cos(angle) + 0.15 * np.cos(2 * angle))
    return climate + diurnal + _anomaly(seed, hours_utc, warm)


def _anomaly(seed: int, hours_utc: Minutes, warm: Floats) -> Floats:
    """Departure from the climate: regimes of ten days and of three, gradients across the country, each city's own."""
    n, cities = len(hours_utc), len(CITIES)
    regimes = noise.ar1(seed, "temperature regime", (n, 1), phi=0.996, sd=1.7)
    passing = noise.ar1(seed, "temperature passing", (n, 1), phi=0.985, sd=1.6)
    east = (_column("longitude") - 2) / 4 * noise.ar1(seed, "temperature east", (n, 1), phi=0.98, sd=0.8)
    north = (_column("latitude") - 46.5) / 2.5 * noise.ar1(seed, "temperature north", (n, 1), phi=0.98, sd=0.8)
    own = noise.ar1(seed, "temperature own", (n, cities), phi=0.97, sd=1.0)
    return (regimes + passing) * (1 - 0.12 * warm) + east + north + own + _cold_spells(seed, hours_utc)[:, None]


def _cold_spells(seed: int, hours_utc: Minutes) -> Floats:
    """Two spells in each winter, of five to ten days and 2 to 5 °C below what it would be."""
    result = np.zeros(len(hours_utc))
    rng = noise.stream(seed, "cold spells")
    for year in range(2022, 2027):
        for first_day in (-25, 25):  # counted from 1 January
            start = first_day + rng.uniform(0, 35)
            length, depth = rng.uniform(5, 10), rng.uniform(2, 5)
            day = (hours_utc - np.datetime64(f"{year}-01-01", "m")).astype(np.float64) / (24 * 60) - start
            inside = (day > 0) & (day < length)
            result[inside] -= depth * np.sin(np.pi * day[inside] / length) ** 2
    return result


def _cloud_score(seed: int, hours_utc: Minutes) -> Floats:
    n, cities = len(hours_utc), len(CITIES)
    common = noise.ar1(seed, "cloud common", (n, 1), phi=0.97, sd=0.75)
    own = noise.ar1(seed, "cloud own", (n, cities), phi=0.88, sd=0.7)
    return common + own + _column("cloudiness") - 0.28 * season(hours_utc)[:, None]


def _wind(seed: int, hours_utc: Minutes) -> Floats:
    n, cities = len(hours_utc), len(CITIES)
    score = 0.75 * noise.ar1(seed, "wind common", (n, 1), phi=0.985, sd=1.0)
    score = score + 0.66 * noise.ar1(seed, "wind own", (n, cities), phi=0.93, sd=1.0)
    breeze = 1 + 0.12 * np.cos(2 * np.pi * (_solar_hour(hours_utc) - 15) / 24)
    return _column("wind_km_per_h") * np.exp(0.5 * score - 0.125) * breeze * (1 - 0.08 * season(hours_utc)[:, None])


def _humidity(seed: int, hours_utc: Minutes, temperature: Floats, cloud: Floats) -> Floats:
    warm = season(hours_utc)[:, None]
    above_daily_mean = temperature - noise.smooth(temperature, 24)
    own = noise.ar1(seed, "humidity", temperature.shape, phi=0.95, sd=7)
    return np.clip(71 - 8 * warm - 2.4 * above_daily_mean + 0.12 * (cloud - 65) + own, 12, 100)


def _precipitation(seed: int, cloud_score: Floats) -> Floats:
    score = 0.8 * cloud_score + noise.ar1(seed, "rain", cloud_score.shape, phi=0.8, sd=0.7)
    excess = np.maximum(0, score - 1.45)
    return np.where(excess > 0, 0.1 + 0.9 * excess**2, 0)


def _soil_moisture(hours_utc: Minutes, precipitation: Floats) -> Floats:
    rain_left = noise.decay(precipitation, 0.995)
    return 0.20 + 0.10 * np.tanh(rain_left / 20) - 0.03 * season(hours_utc)[:, None]


def _forecast_of(seed: int, hours_utc: Minutes, truth: WeatherFields) -> WeatherFields:
    """The truth with errors whose size grows with the lead past the clock; before it the lead is short."""
    now = np.datetime64(DEMO_CLOCK_UTC.replace(tzinfo=None), "m")
    lead_days = np.maximum(0, (hours_utc - now) / HOUR / 24)
    growth = (1 + LEAD_GROWTH_PER_DAY * lead_days)[:, None]
    shape = truth.temperature_2m.shape

    def error(name: str, phi: float, sd: float) -> Floats:
        return growth * noise.ar1(seed, f"forecast {name}", shape, phi=phi, sd=sd)

    common = growth * noise.ar1(seed, "forecast temperature common", (shape[0], 1), phi=0.95, sd=0.3)
    precipitation = truth.precipitation * np.exp(error("rain", 0.8, 0.4))
    return WeatherFields(
        temperature_2m=np.round(truth.temperature_2m + common + error("temperature", 0.9, 0.5), 1),
        precipitation=np.round(precipitation, 1),
        wind_speed_10m=np.round(truth.wind_speed_10m * np.exp(error("wind", 0.9, 0.12)), 1),
        cloud_cover=np.clip(truth.cloud_cover + error("cloud", 0.9, 12), 0, 100).round(0),
        soil_moisture_1_to_3cm=np.round(truth.soil_moisture_1_to_3cm, 3),
        relative_humidity_2m=np.clip(truth.relative_humidity_2m + error("humidity", 0.9, 4), 10, 100).round(0),
    )
