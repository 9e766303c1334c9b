"""Features of the forest: one definition for training, backtest, forecast and requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ml import days as civil
from ml.design import DayKind, day_statistics, other_weather

if TYPE_CHECKING:
    from ml.panel import Panel

MW_PER_GW = 1000.0
LOAD_RANGE_MW = (25_000.0, 105_000.0)
ERROR_RANGE_MW = (-6_000.0, 6_000.0)
DIFFERENCE_RANGE_MW = (-20_000.0, 20_000.0)


@dataclass(frozen=True)
class Feature:
    """A column of the forest's rows: float, never missing, within ``minimum`` and ``maximum`` (both included)."""

    name: str
    unit: str
    description: str
    minimum: float
    maximum: float
    nullable: bool = False


def _errors(prefix: str, what: str) -> tuple[Feature, ...]:
    told = {
        "last_1h": "the newest known hour",
        "last_3h": "the newest 3 known hours",
        "last_6h": "the newest 6 known hours",
        "last_11h": "the newest 11 known hours (the morning of the issue)",
        "last_24h": "the newest 24 known hours",
        "last_72h": "the newest 72 known hours",
        "last_168h": "the newest 168 known hours",
        "same_hour": "the same hour of the newest day on which it is known",
        "same_hour_2d": "the same hour two days before the target",
        "same_hour_7d": "the same hour a week before the target",
        "same_hour_mean": "the same hour over the known ones of the 8 days before",
        "day_before_issue": "the last whole day before the issue",
    }
    return tuple(
        Feature(
            f"{prefix}_{name}_mw", "MW", f"Error (observed minus forecast) of {what}, mean over {over}", *ERROR_RANGE_MW
        )
        for name, over in told.items()
    )


OURS: tuple[Feature, ...] = (
    Feature("linear_mw", "MW", "The linear stage's forecast, recent errors taken into account", *LOAD_RANGE_MW),
    Feature("correction_mw", "MW", "Of which for recent errors", *DIFFERENCE_RANGE_MW),
    Feature(
        "slow_filter_mw",
        "MW",
        "Forecast of the slowest of the three filters minus the middle one's",
        *DIFFERENCE_RANGE_MW,
    ),
    Feature(
        "fast_filter_mw",
        "MW",
        "Forecast of the fastest of the three filters minus the middle one's",
        *DIFFERENCE_RANGE_MW,
    ),
    *_errors("error", "the three filters' mean"),
    Feature(
        "week_before_mw",
        "MW",
        "Load of the same hour a week before minus linear_mw; 0 where unknown",
        -50_000.0,
        50_000.0,
    ),
    Feature("hour_paris", "h", "Hour of the Paris wall clock at which the target starts", 0, 23),
    Feature("day_type", "", "0 Monday to 6 Sunday, 7 a public holiday", 0, 7),
    Feature("holiday_neighbour", "", "1 after a holiday + 2 before one + 4 on a bridge day", 0, 7),
    Feature("school_zones", "", "School zones (A, B, C) on holiday", 0, 3),
    Feature("temperature_c", "°C", "National temperature, weighted by population", -25.0, 45.0),
    Feature("temperature_8h_c", "°C", "The same smoothed, half-life 8 h", -25.0, 45.0),
    Feature("temperature_30h_c", "°C", "The same smoothed, half-life 30 h", -25.0, 45.0),
    Feature("temperature_240h_c", "°C", "The same smoothed, half-life 240 h", -25.0, 45.0),
    Feature("temperature_change_1d_c", "°C", "Temperature minus that of 24 hours of the clock before", -30.0, 30.0),
    Feature("temperature_change_7d_c", "°C", "temperature_30h_c minus that of a week before", -30.0, 30.0),
    Feature("day_mean_c", "°C", "Mean temperature of the target's day", -25.0, 45.0),
    Feature("day_range_c", "°C", "Highest minus lowest temperature of the target's day", 0.0, 35.0),
    Feature("cloud_pct", "%", "Cloud cover", 0.0, 100.0),
    Feature("cloud_change_1d_pct", "%", "Cloud cover minus that of the day before", -100.0, 100.0),
    Feature("wind_km_per_h", "km/h", "Wind speed at 10 m", 0.0, 200.0),
    Feature("humidity_pct", "%", "Relative humidity at 2 m", 0.0, 100.0),
    Feature("rain_mm", "mm", "Precipitation of the hour", 0.0, 100.0),
)
"""Features of the forecast without RTE's."""

WITH_RTE: tuple[Feature, ...] = (
    Feature("rte_minus_linear_mw", "MW", "RTE's day-ahead forecast minus linear_mw", *DIFFERENCE_RANGE_MW),
    Feature("rte_minus_linear_day_mw", "MW", "The same, mean of the target's day", *DIFFERENCE_RANGE_MW),
    Feature("rte_gap_change_1d_mw", "MW", "rte_minus_linear_mw minus that of the day before", -50_000.0, 50_000.0),
    Feature("rte_gap_change_2d_mw", "MW", "The same against two days before", -50_000.0, 50_000.0),
    Feature("rte_gap_change_7d_mw", "MW", "The same against a week before", -50_000.0, 50_000.0),
    *_errors("rte_error", "RTE's day-ahead forecast"),
    Feature(
        "rte_correction_mw",
        "MW",
        "What the linear combination with RTE's forecast adds to linear_mw",
        *DIFFERENCE_RANGE_MW,
    ),
)
COMBINED: tuple[Feature, ...] = (*OURS, *WITH_RTE)
"""Features of the forecast combined with RTE's."""
FEATURES: dict[str, tuple[Feature, ...]] = {"ours": OURS, "combined": COMBINED}


def names(model_name: str) -> list[str]:
    """The columns of a model's rows, in order."""
    return [feature.name for feature in FEATURES[model_name]]


def of_day_and_weather(panel: Panel) -> dict[str, npt.NDArray[np.float64]]:
    """The features that depend on the target's day and weather alone, each days x slots."""
    kind = DayKind(panel)
    shape = panel.load_gw.shape
    temperature = panel.weather["temperature_c"]
    cloud, wind, humidity, rain = other_weather(panel)
    low, mean, high = day_statistics(temperature, panel.exists)
    smooth = panel.weather["temperature_30h_c"]

    def per_day(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        return np.broadcast_to(np.asarray(values, np.float64)[:, None], shape)

    return {
        "hour_paris": np.broadcast_to(civil.SLOT_HOUR.astype(np.float64), shape),
        "day_type": per_day(np.where(kind.holiday, 7, kind.weekday)),
        "holiday_neighbour": per_day(kind.after_holiday + 2 * kind.before_holiday + 4 * kind.bridge),
        "school_zones": per_day(kind.zones.sum(axis=1)),
        "temperature_c": temperature,
        "temperature_8h_c": panel.weather["temperature_8h_c"],
        "temperature_30h_c": smooth,
        "temperature_240h_c": panel.weather["temperature_240h_c"],
        "temperature_change_1d_c": change(temperature, 1),
        "temperature_change_7d_c": change(smooth, 7),
        "day_mean_c": per_day(mean),
        "day_range_c": per_day(high - low),
        "cloud_pct": cloud,
        "cloud_change_1d_pct": change(cloud, 1),
        "wind_km_per_h": wind,
        "humidity_pct": humidity,
        "rain_mm": rain,
    }


def change(values: npt.NDArray[np.float64], days: int) -> npt.NDArray[np.float64]:
    """Values minus those of the same hour ``days`` days before; 0 where either is missing."""
    return np.nan_to_num(values - before(values, days))


def before(values: npt.NDArray[np.float64], days: int) -> npt.NDArray[np.float64]:
    """Values of the same hour of the Paris wall clock ``days`` days before; NaN where there are none."""
    out = np.full(values.shape, np.nan)
    out[days:] = values[: len(values) - days][:, civil.HOUR_SLOT][:, civil.SLOT_HOUR]
    return out
