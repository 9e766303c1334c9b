"""What inputs a forecast had to do without, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ml.panel import CITIES

if TYPE_CHECKING:
    from datetime import datetime

    from ml.panel import Panel

LOOK_BACK_H = 168
PUBLICATION_DELAY_H = 2
"""The newest hour of load that an issue should know began two hours before it (ENTSO-E publishes within one)."""


@dataclass
class Missing:
    """Sentences on what both forecasts lacked, and on what the combined one did."""

    shared: list[str] = field(default_factory=list)
    rte: list[str] = field(default_factory=list)


def of_day(panel: Panel, issue: datetime) -> Missing:
    """What the forecast of the last day of ``panel``, issued at ``issue``, lacked."""
    missing = Missing()
    recent = _recent_hours(panel, issue)
    unknown = recent & ~np.isfinite(panel.load_gw)
    if unknown.any():
        known = recent & ~unknown
        newest = np.datetime_as_string(panel.start_utc[known].max(), unit="m") + "Z" if known.any() else "none of them"
        missing.shared.append(
            f"load of {unknown.sum()} of the last {recent.sum()} hours unknown, newest known: {newest}"
        )
    missing.shared += _weather(panel)
    today = panel.exists[-1]
    without = today & ~np.isfinite(panel.rte_gw[-1])
    if without.any():
        missing.shared.append(
            f"RTE's forecast of {without.sum()} of the day's {today.sum()} hours unknown: no combined forecast"
        )
    unknown_rte = recent & ~np.isfinite(panel.rte_gw)
    if unknown_rte.any():
        missing.rte.append(f"RTE's forecast of {unknown_rte.sum()} of the last {recent.sum()} hours unknown")
    return missing


def _recent_hours(panel: Panel, issue: datetime) -> npt.NDArray[np.bool_]:
    newest = np.datetime64(issue.replace(tzinfo=None), "ns") - np.timedelta64(PUBLICATION_DELAY_H, "h")
    oldest = newest - np.timedelta64(LOOK_BACK_H - 1, "h")
    return np.asarray((panel.start_utc >= oldest) & (panel.start_utc <= newest))  # NaT compares false


def _weather(panel: Panel) -> list[str]:
    out = []
    today = panel.exists[-1]
    blind = today & (panel.weather_cities[-1] == 0)
    if blind.any():
        out.append(
            f"weather of {blind.sum()} of the day's {today.sum()} hours unknown: that of the day before stands in"
        )
    seen = today & ~blind
    absent = [city for index, city in enumerate(CITIES) if (seen & ~panel.city_present[-1, :, index]).any()]
    if absent and seen.any():
        out.append(f"weather of {', '.join(absent)} unknown: taken to differ from the other cities as lately")
    week = slice(max(0, len(panel.days) - 8), len(panel.days) - 1)
    gaps = int((panel.exists[week] & (panel.weather_cities[week] == 0)).sum())
    if gaps:
        out.append(f"weather of {gaps} hours of the week before unknown")
    return out
