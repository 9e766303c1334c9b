"""The whole synthetic country, a pure function of its seed: the same seed gives the same numbers, whenever asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ingest.demo import civil, load, mix, prices, weather
from ingest.demo.clock import DEMO_SEED, END_UTC, QUARTER, QUARTERS_PER_HOUR, SPIN_UP_START_UTC

if TYPE_CHECKING:
    from ingest.demo.civil import Civil
    from ingest.demo.clock import Minutes
    from ingest.demo.load import Load
    from ingest.demo.mix import Mix
    from ingest.demo.prices import Prices
    from ingest.demo.weather import Weather


@dataclass(frozen=True)
class World:
    """Everything that happens, and is forecast, on one grid of quarters (UTC, ascending, without gaps).

    It knows no clock: what a publisher may show at an instant is for `ingest.demo.clock.Timetable` to say.
    """

    seed: int
    quarters_utc: Minutes
    hours_utc: Minutes
    civil: Civil
    weather: Weather
    load: Load
    mix: Mix
    prices: Prices


@lru_cache(maxsize=1)
def generate(seed: int = DEMO_SEED) -> World:
    """Generate the country from March 2023 (a month of settling) to a few days past the demo's clock."""
    quarters = np.arange(SPIN_UP_START_UTC, END_UTC, QUARTER)
    hours = quarters[::QUARTERS_PER_HOUR]
    calendar = civil.civil(quarters)
    fields = weather.generate(seed, hours)
    demand = load.generate(seed, quarters, calendar, fields)
    production = mix.generate(seed, quarters, fields, demand.real_time)
    auction = prices.generate(seed, quarters, demand.real_time, production)
    return World(seed, quarters, hours, calendar, fields, demand, production, auction)
