"""Production by source in MW on the quarter-hourly grid: wind and sun from the weather, the rest in merit order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingest.demo import noise, solar
from ingest.demo.clock import HOUR
from ingest.demo.weather import season

if TYPE_CHECKING:
    from ingest.demo.clock import Minutes
    from ingest.demo.noise import Floats
    from ingest.demo.weather import Weather

HOURS_PER_YEAR = 8766
WIND_CAPACITY_MW, WIND_ADDED_PER_YEAR_MW = 21_500, 1_500
OFFSHORE_SHARE = 0.09
SOLAR_CAPACITY_MW, SOLAR_ADDED_PER_YEAR_MW = 17_000, 5_000
NUCLEAR_MW, NUCLEAR_SEASON_MW = 43_500, -6_500
NUCLEAR_FLOOR_SHARE = 0.62
HYDRO_MEAN_MW, HYDRO_SPRING_MW, HYDRO_RANGE_MW = 6_200, 1_500, 5_500
EXPORT_LIMIT_MW, IMPORT_LIMIT_MW = 18_000, 9_000
GAS_LIMIT_MW, COAL_LIMIT_MW = 9_500, 1_800
CO2_G_PER_KWH = {"gas": 429.0, "coal": 986.0, "fuel_oil": 777.0, "bioenergy": 494.0}
"""What burning emits, from ADEME's and RTE's published methodology; nuclear, water, wind and sun count as 0."""


@dataclass(frozen=True)
class Mix:
    """Megawatts; pumping is negative, exchange is positive for imports. All of them add up to the real-time load."""

    fuel_oil: Floats
    coal: Floats
    gas: Floats
    nuclear: Floats
    wind: Floats
    solar: Floats
    hydro: Floats
    pumping: Floats
    bioenergy: Floats
    exchange: Floats

    def co2_rate(self) -> Floats:
        """Grams of CO2 per kWh produced."""
        burnt = sum(CO2_G_PER_KWH[name] * getattr(self, name) for name in CO2_G_PER_KWH)
        produced = self.fuel_oil + self.coal + self.gas + self.nuclear
        produced = produced + self.wind + self.solar + self.hydro + self.bioenergy
        rate: Floats = burnt / produced
        return rate


def generate(seed: int, quarters_utc: Minutes, weather: Weather, load: Floats) -> Mix:
    """Mix that meets ``load`` (MW, same grid), a function of seed, grid and load alone."""
    n = quarters_utc.shape
    years = (quarters_utc - np.datetime64("2023-04-01", "m")) / HOUR / HOURS_PER_YEAR
    wind = _wind(seed, quarters_utc, weather, years)
    sun = _sun(quarters_utc, weather, years)
    warm = season(quarters_utc)
    available = NUCLEAR_MW + NUCLEAR_SEASON_MW * warm + noise.ar1(seed, "nuclear", n, phi=0.9995, sd=1_500)
    bioenergy = 950 + noise.ar1(seed, "bioenergy", n, phi=0.999, sd=60)
    residual = load - wind - sun - bioenergy
    spread = np.clip((residual - 40_000) / 25_000, -1, 1)
    spring = np.clip(
        np.sin(2 * np.pi * ((quarters_utc - quarters_utc.astype("datetime64[Y]")) / HOUR / 8766 - 0.1)), 0, 1
    )
    hydro = np.clip(
        HYDRO_MEAN_MW
        + HYDRO_SPRING_MW * spring
        + HYDRO_RANGE_MW * spread
        + noise.ar1(seed, "hydro", n, phi=0.99, sd=500),
        1_800,
        None,
    )
    pumping = -np.clip(2_600 * (-spread - 0.15) * 2, 0, 3_200)
    nuclear = np.clip(residual - hydro - pumping + EXPORT_LIMIT_MW, NUCLEAR_FLOOR_SHARE * available, available)
    short = residual - hydro - pumping - nuclear
    gas = np.clip(900 + 0.45 * (short + 8_000) * (1 - 0.6 * warm) / 1.6, 350, GAS_LIMIT_MW)
    coal = np.clip(0.12 * (short - 1_000), 0, COAL_LIMIT_MW)
    fuel_oil = 90 + np.clip(0.04 * (short - 3_000), 0, 800)
    exchange = load - (fuel_oil + coal + gas + nuclear + wind + sun + hydro + pumping + bioenergy)
    excess = exchange - np.clip(exchange, -EXPORT_LIMIT_MW, IMPORT_LIMIT_MW)
    # Beyond what the borders carry, plants turn down, or reservoirs give what is missing.
    nuclear, hydro = nuclear + np.minimum(0, excess), hydro + np.maximum(0, excess)
    return Mix(fuel_oil, coal, gas, nuclear, wind, sun, hydro, pumping, bioenergy, exchange - excess)


def _at_quarters(weather: Weather, hourly: Floats, quarters_utc: Minutes) -> Floats:
    return np.interp(quarters_utc.astype(np.float64), weather.hours_utc.astype(np.float64), hourly)


def _wind(seed: int, quarters_utc: Minutes, weather: Weather, years: Floats) -> Floats:
    speed = weather.truth.wind_speed_10m
    share = 1 / (1 + np.exp(-(speed - 1.45 * speed.mean(axis=0)) / (0.35 * speed.mean(axis=0))))
    national = _at_quarters(weather, weather.national(share), quarters_utc)
    local = np.exp(noise.ar1(seed, "wind farms", quarters_utc.shape, phi=0.98, sd=0.05))
    capacity = WIND_CAPACITY_MW + WIND_ADDED_PER_YEAR_MW * years
    return np.clip(capacity * national * local, 150, 0.85 * capacity)


def _sun(quarters_utc: Minutes, weather: Weather, years: Floats) -> Floats:
    cloud = _at_quarters(weather, weather.national(weather.truth.cloud_cover), quarters_utc)
    return (SOLAR_CAPACITY_MW + SOLAR_ADDED_PER_YEAR_MW * years) * solar.output_share(quarters_utc, cloud)
