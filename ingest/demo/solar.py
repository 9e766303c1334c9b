"""What the sun gives over France: a share of installed capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ingest.demo.clock import Minutes
    from ingest.demo.noise import Floats

LATITUDE_DEGREES, LONGITUDE_DEGREES = 46.0, 2.5
CLEAR_SKY_SHARE = 0.82
CLOUD_LOSS = 0.72


def output_share(utc: Minutes, cloud_pct: Floats) -> Floats:
    """Output over capacity at each instant: the sine of the sun's height, less what clouds take."""
    day_of_year = (utc - utc.astype("datetime64[Y]")).astype("timedelta64[m]").astype(np.float64) / (24 * 60)
    declination = np.radians(23.44) * np.sin(2 * np.pi * (day_of_year - 81) / 365.2425)
    solar_hour = (day_of_year % 1) * 24 + LONGITUDE_DEGREES / 15
    latitude = np.radians(LATITUDE_DEGREES)
    height = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        np.pi * (solar_hour - 12) / 12
    )
    share: Floats = CLEAR_SKY_SHARE * np.maximum(0, height) ** 1.15 * (1 - CLOUD_LOSS * (cloud_pct / 100) ** 1.5)
    return share
