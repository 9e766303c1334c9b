"""What ``/v1`` offers: one description per mart, from which the SQL, the paging and the OpenAPI schema follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

City = Literal["bayonne", "brest", "lille", "limoges", "lyon", "marseille", "nantes", "paris", "strasbourg", "toulouse"]


class Row(BaseModel):
    """One row of a mart; its fields are the columns that are read, by the same names."""

    model_config = ConfigDict(extra="forbid")


class LoadRow(Row):
    """National load over one half-hour."""

    interval_start_utc: datetime = Field(description="Start of the half-hour.")
    date_paris: date = Field(description="Its civil day in France.")
    load_mw: float = Field(description="Best load known: définitive, else consolidée, else temps réel.")
    status: str = Field(description="Which of the three it is.")
    step_minutes: int = Field(description="Step that it was published at.")
    load_realtime_mw: float | None = Field(description="Load at real-time level, the one that RTE forecasts.")
    known_at_utc: datetime = Field(description="When this version became known.")
    revisions: int = Field(description="Versions of this half-hour seen so far.")
    is_synthetic: bool


class HourlyRow(Row):
    """Load, RTE's forecasts, price, weather and calendar of one hour."""

    hour_start_utc: datetime = Field(description="Start of the hour.")
    date_paris: date
    hour_paris: int = Field(description="Hour of the civil day in France, 0-23.")
    utc_offset_hours: int = Field(description="1 in winter, 2 in summer.")
    load_mw: float | None
    load_status: str | None
    energy_mwh: float | None
    load_realtime_mw: float | None
    forecast_rte_d1_mw: float | None = Field(description="RTE's day-ahead forecast.")
    forecast_rte_d_mw: float | None = Field(description="RTE's forecast of the day itself.")
    price_eur_per_mwh: float | None
    temperature_c: float | None = Field(description="Population-weighted mean of ten cities.")
    cloud_cover_pct: float | None
    wind_speed_km_per_h: float | None
    relative_humidity_pct: float | None
    precipitation_mm: float | None
    is_public_holiday: bool | None
    is_bridge_day: bool | None
    school_holiday_zones: int | None = Field(description="How many of the zones A, B, C are on holiday.")
    day_hours: int = Field(description="Length of the civil day: 23, 24 or 25.")
    is_synthetic: bool


class ForecastRow(Row):
    """One frozen forecast of one hour."""

    target_start_utc: datetime = Field(description="Start of the hour that is forecast.")
    issued_at_utc: datetime
    model_name: str = Field(description="ours, or combined (ours and RTE's).")
    model_version: str
    horizon_hours: float
    date_paris: date
    p10_mw: float
    p50_mw: float
    p90_mw: float
    degraded: str | None = Field(description="What input was missing; null: none.")
    observed_mw: float | None = Field(description="Load at real-time level, once known.")
    forecast_rte_d1_mw: float | None
    error_mw: float | None = Field(description="p50 less observed.")
    error_rte_d1_mw: float | None
    is_synthetic: bool


class PriceRow(Row):
    """Day-ahead spot price of one hour, France."""

    hour_start_utc: datetime
    date_paris: date
    price_eur_per_mwh: float = Field(description="May be negative; never clipped.")
    product_minutes: int = Field(description="60, or 15 where the hour is the mean of quarter-hours.")
    is_negative: bool
    volume_mwh: float | None
    known_at_utc: datetime
    is_synthetic: bool


class WeatherRow(Row):
    """Weather forecast of one hour in one city."""

    hour_start_utc: datetime
    city: str
    weather_kind: str = Field(description="archived_forecast or forecast.")
    temperature_c: float
    cloud_cover_pct: float | None
    wind_speed_km_per_h: float | None
    relative_humidity_pct: float | None
    precipitation_mm: float | None
    known_at_utc: datetime
    is_synthetic: bool


class CalendarRow(Row):
    """One civil day of France; null where the published calendars do not reach."""

    date_paris: date
    day_start_utc: datetime
    day_end_utc: datetime
    day_hours: int = Field(description="23, 24 or 25.")
    iso_weekday: int = Field(description="1 = Monday.")
    is_weekend: bool
    is_public_holiday: bool | None
    public_holiday_name: str | None
    is_bridge_day: bool | None
    is_school_holiday_zone_a: bool | None
    is_school_holiday_zone_b: bool | None
    is_school_holiday_zone_c: bool | None
    school_holiday_zones: int | None


@dataclass(frozen=True)
class Dataset:
    """A mart offered under ``/v1/<name>``.

    ``key`` is its primary key in the order of the answer; its first column is what ``start`` and ``end`` filter, and
    ``filters`` are columns that may be asked for by equality.
    """

    name: str
    table: str
    row: type[Row]
    key: tuple[str, ...]
    summary: str
    filters: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read, in order."""
        return tuple(self.row.model_fields)

    @property
    def time_column(self) -> str:
        """The column that ``start`` and ``end`` filter."""
        return self.key[0]

    @property
    def by_civil_day(self) -> bool:
        """True where that column is a civil date and not an instant."""
        return self.row.model_fields[self.time_column].annotation is date


LOAD = Dataset("load", "fct_load_half_hourly", LoadRow, ("interval_start_utc",), "National load, half-hourly")
HOURLY = Dataset(
    "hourly", "fct_national_hourly", HourlyRow, ("hour_start_utc",), "Load, RTE's forecasts, price, weather, calendar"
)
FORECASTS = Dataset(
    "forecasts",
    "fct_forecast",
    ForecastRow,
    ("target_start_utc", "issued_at_utc", "model_name"),
    "Forecasts as they were issued, and what came of them",
    ("model_name",),
)
PRICES = Dataset("prices", "fct_price_hourly", PriceRow, ("hour_start_utc",), "Day-ahead spot prices, hourly")
WEATHER = Dataset(
    "weather", "fct_weather_hourly", WeatherRow, ("hour_start_utc", "city"), "Weather of ten cities, hourly", ("city",)
)
CALENDAR = Dataset(
    "calendar", "dim_calendar_day", CalendarRow, ("date_paris",), "Civil days: holidays, bridge days, length"
)
DATASETS = (LOAD, HOURLY, FORECASTS, PRICES, WEATHER, CALENDAR)
