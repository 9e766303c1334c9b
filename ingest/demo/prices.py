"""Day-ahead auction on the quarter-hourly grid: price in EUR/MWh, volumes in MWh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingest.demo import noise
from ingest.demo.clock import QUARTERS_PER_HOUR
from ingest.demo.weather import season

if TYPE_CHECKING:
    from ingest.demo.clock import Minutes
    from ingest.demo.mix import Mix
    from ingest.demo.noise import Floats

WIND_WEIGHT, SUN_WEIGHT = 1.4, 1.9
"""Above 1, because the neighbours' wind blows and their sun shines at the same time."""
MUST_RUN_GW, MUST_RUN_SEASON_GW = 44.0, -2.5
"""What runs whatever the price; a little more of it in winter."""
PRICE_AT_BALANCE, SLOPE_PER_GW = 78.0, 2.9
GLUT_GW, GLUT_SLOPE = -22.0, 1.9
SCARCITY_GW, SCARCITY_SLOPE, SCARCITY_CURVE = 11.0, 2.0, 0.25
INTRA_HOUR_PER_GW = 9.0
"""Ramps inside an hour: by how much a quarter's price leaves the hour's for each GW that it leaves the hour's load."""


@dataclass(frozen=True)
class Auction:
    """Quarter-hourly results, rounded as the exchange prints them (0.01 EUR/MWh, 0.1 MWh)."""

    price: Floats
    buy_volume: Floats
    sell_volume: Floats

    @property
    def volume(self) -> Floats:
        """The larger side, as the page shows it."""
        return np.maximum(self.buy_volume, self.sell_volume)


@dataclass(frozen=True)
class Prices:
    """The auction's results as quarters (deliveries from 2025-10-01) and as hours."""

    quarter: Auction
    hour: Auction


def generate(seed: int, quarters_utc: Minutes, load: Floats, mix: Mix) -> Prices:
    """Prices from the residual load (MW, same grid), a function of seed, grid, load and mix alone."""
    tension = (load - WIND_WEIGHT * mix.wind - SUN_WEIGHT * mix.solar) / 1000
    tension = tension - (MUST_RUN_GW + MUST_RUN_SEASON_GW * season(quarters_utc))
    hours = tension.reshape(-1, QUARTERS_PER_HOUR).mean(axis=1)
    fuel = np.exp(noise.ar1(seed, "fuel price", hours.shape, phi=0.9993, sd=0.12))
    hourly = _merit_order(hours) * fuel + noise.ar1(seed, "price", hours.shape, phi=0.9, sd=6)
    inside = (tension - np.repeat(hours, QUARTERS_PER_HOUR)) * INTRA_HOUR_PER_GW
    inside += noise.ar1(seed, "price quarter", tension.shape, phi=0.2, sd=2.5)
    quarter = np.round(np.repeat(hourly, QUARTERS_PER_HOUR) + inside, 2)
    sell = 2_900 + 25 * (-tension) + noise.ar1(seed, "volume sell", tension.shape, phi=0.98, sd=250)
    buy = 2_000 + 45 * (-tension) + noise.ar1(seed, "volume buy", tension.shape, phi=0.98, sd=350)
    buy, sell = np.maximum(buy, 600).round(1), np.maximum(sell, 800).round(1)
    hour = Auction(
        np.round(_hours(quarter) / QUARTERS_PER_HOUR, 2), np.round(_hours(buy), 1), np.round(_hours(sell), 1)
    )
    return Prices(Auction(quarter, buy, sell), hour)


def _hours(quarters: Floats) -> Floats:
    total: Floats = quarters.reshape(-1, QUARTERS_PER_HOUR).sum(axis=1)
    return total


def _merit_order(tension_gw: Floats) -> Floats:
    """Price for the tension of the system (GW above what nuclear plants can give)."""
    middle = np.clip(tension_gw, GLUT_GW, None)
    glut = np.minimum(0, tension_gw - GLUT_GW)
    scarce = np.maximum(0, tension_gw - SCARCITY_GW)
    return (
        PRICE_AT_BALANCE
        + SLOPE_PER_GW * middle
        + GLUT_SLOPE * glut
        + SCARCITY_SLOPE * scarce
        + SCARCITY_CURVE * scarce**2
    )
