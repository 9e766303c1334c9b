"""A small synthetic France as the marts that the model reads, with their columns as docs/data-model.md has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from conso import database
from ml import days as civil
from ml.inputs import Inputs
from ml.panel import CITIES

if TYPE_CHECKING:
    from conso.settings import Settings

FIRST, LAST = date(2023, 2, 20), date(2023, 11, 5)
"""Both change days lie within: 26 March (23 hours) and 29 October (25 hours)."""
WARM = {"marseille": 3.0, "toulouse": 1.0, "lille": -2.0, "strasbourg": -1.5, "bayonne": 1.5}


def _wander(rng: np.random.Generator, hours: int, memory: float, size: float) -> np.ndarray:
    steps = rng.normal(0, size * np.sqrt(1 - memory**2), hours)
    out = np.zeros(hours)
    for hour in range(1, hours):
        out[hour] = memory * out[hour - 1] + steps[hour]
    return out


def _known(paris_day: pd.Series, hour: int) -> pd.Series:
    wall = paris_day - pd.Timedelta(days=1) + pd.Timedelta(hours=hour)
    return wall.dt.tz_localize(civil.PARIS).dt.tz_convert("UTC")


def make(first: date = FIRST, last: date = LAST, seed: int = 7) -> Inputs:
    """Load, RTE's forecast, weather of ten cities and calendar of the Paris days ``first`` to ``last``."""
    rng = np.random.default_rng(seed)
    days = civil.day_range(first, last)
    hours = civil.hours_of_days(days)
    utc = hours["hour_start_utc"]
    day = pd.Series(days[hours["day"]])
    hour = civil.SLOT_HOUR[hours["slot"]]
    count = len(hours)
    yearly = np.cos(2 * np.pi * (day.dt.day_of_year.to_numpy() - 20) / 365.25)
    temperature = 12 - 8 * yearly + 3 * np.cos(2 * np.pi * (hour - 15) / 24) + _wander(rng, count, 0.98, 2.5)
    shape = 4_000 * np.cos(2 * np.pi * (hour - 12) / 24) + 2_000 * np.cos(4 * np.pi * (hour - 20) / 24)
    weekend = day.dt.day_of_week.to_numpy() >= 5
    load = 52_000 + shape - 6_000 * weekend + 1_800 * np.maximum(15 - temperature, 0) + _wander(rng, count, 0.97, 900)
    rte = load + _wander(rng, count, 0.95, 1_100)
    national = pd.DataFrame(
        {
            "hour_start_utc": utc,
            "load_realtime_mw": load.round(0),
            "load_realtime_known_at_utc": utc + pd.Timedelta(hours=2),
            "forecast_rte_d1_mw": rte.round(-1),
            "forecast_rte_d1_known_at_utc": _known(day, 10),
            "is_synthetic": True,
        }
    )
    cities = []
    for city in CITIES:
        own = temperature + WARM.get(city, 0.0) + _wander(rng, count, 0.95, 0.7)
        cities.append(
            pd.DataFrame(
                {
                    "city": city,
                    "hour_start_utc": utc,
                    "temperature_c": own.round(1),
                    "cloud_cover_pct": np.clip(60 + _wander(rng, count, 0.9, 30), 0, 100).round(0),
                    "wind_speed_km_per_h": np.abs(12 + _wander(rng, count, 0.9, 6)).round(1),
                    "relative_humidity_pct": np.clip(75 + _wander(rng, count, 0.9, 12), 5, 100).round(0),
                    "precipitation_mm": np.maximum(_wander(rng, count, 0.7, 0.3), 0).round(1),
                    "known_at_utc": _known(day, 8),
                }
            )
        )
    return Inputs(national, pd.concat(cities, ignore_index=True), calendar(first, last))


def calendar(first: date, last: date) -> pd.DataFrame:
    """Fixed holidays and two spells of school holidays, to a month after ``last``."""
    days = civil.day_range(first - timedelta(days=1), last + timedelta(days=31))
    month_day = days.month * 100 + days.day
    school = ((month_day >= 708) & (month_day <= 903)) | ((month_day >= 1021) & (month_day <= 1105))
    return pd.DataFrame(
        {
            "date_paris": days,
            "is_public_holiday": np.isin(month_day, [101, 501, 508, 714, 815, 1101, 1111, 1225]),
            "is_bridge_day": np.isin(month_day, [1102, 714 - 1]),
            "is_school_holiday_zone_a": school,
            "is_school_holiday_zone_b": school,
            "is_school_holiday_zone_c": school,
        }
    )


def without_load(inputs: Inputs, start: datetime, stop: datetime) -> Inputs:
    """The same with the load of some hours missing."""
    national = inputs.national.copy()
    hole = national["hour_start_utc"].between(start, stop, inclusive="left")
    national.loc[hole, "load_realtime_mw"] = np.nan
    national.loc[hole, "load_realtime_known_at_utc"] = pd.NaT
    return replace(inputs, national=national)


def without_rte(inputs: Inputs, start: datetime) -> Inputs:
    """The same without RTE's forecast from ``start`` on."""
    national = inputs.national.copy()
    national.loc[national["hour_start_utc"] >= start, ["forecast_rte_d1_mw"]] = np.nan
    return replace(inputs, national=national)


def without_weather(inputs: Inputs, start: datetime, *cities: str) -> Inputs:
    """The same without the weather of ``cities`` (all where none is named) from ``start`` on."""
    weather = inputs.weather
    gone = (weather["hour_start_utc"] >= start) & weather["city"].isin(cities or CITIES)
    return replace(inputs, weather=weather[~gone].reset_index(drop=True))


def write(settings: Settings, inputs: Inputs, clock: datetime) -> None:
    """Make the three marts in the warehouse, and set its clock."""
    national = inputs.national.copy()
    paris = national["hour_start_utc"].dt.tz_convert(civil.PARIS)
    national["date_paris"] = paris.dt.date
    flags = ["is_public_holiday", "is_bridge_day", *(f"is_school_holiday_zone_{zone}" for zone in "abc")]
    with database.connect(settings) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("drop table if exists marts.fct_national_hourly, marts.fct_weather_hourly")
        connection.execute("drop table if exists marts.dim_calendar_day")
        connection.execute(
            """create table marts.fct_national_hourly (
                 hour_start_utc timestamptz primary key, load_realtime_mw double precision,
                 load_realtime_known_at_utc timestamptz, forecast_rte_d1_mw double precision,
                 forecast_rte_d1_known_at_utc timestamptz, is_synthetic boolean not null, date_paris date not null)"""
        )
        connection.execute(
            """create table marts.fct_weather_hourly (
                 city text, hour_start_utc timestamptz,
                 temperature_c double precision, cloud_cover_pct double precision,
                 wind_speed_km_per_h double precision, relative_humidity_pct double precision,
                 precipitation_mm double precision, known_at_utc timestamptz, primary key (city, hour_start_utc))"""
        )
        columns = ", ".join(f"{flag} boolean not null" for flag in flags)
        connection.execute(f"create table marts.dim_calendar_day (date_paris date primary key, {columns})")
        for table, frame in (
            ("fct_national_hourly", national),
            ("fct_weather_hourly", inputs.weather),
            ("dim_calendar_day", inputs.calendar),
        ):
            rows = frame.astype(object).where(frame.notna(), None)
            with connection.cursor().copy(f"copy marts.{table} ({', '.join(frame.columns)}) from stdin") as copy:
                for row in rows.itertuples(index=False, name=None):
                    copy.write_row(row)
    database.enter_world(settings, "demo", source="demo")
    database.set_clock(settings, clock)
