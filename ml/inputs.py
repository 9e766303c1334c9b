"""What the model reads from the warehouse, and what of it was known at an instant."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from conso import database
from conso.errors import ConsoError

if TYPE_CHECKING:
    from datetime import date, datetime

    from conso.settings import Settings

WEATHER_VARIABLES = (
    "temperature_c",
    "cloud_cover_pct",
    "wind_speed_km_per_h",
    "relative_humidity_pct",
    "precipitation_mm",
)

NATIONAL_SQL = """
select hour_start_utc, load_realtime_mw, load_realtime_known_at_utc,
       forecast_rte_d1_mw, forecast_rte_d1_known_at_utc, is_synthetic
from marts.fct_national_hourly
where (load_realtime_mw is not null or forecast_rte_d1_mw is not null) and date_paris >= '{since}'
order by hour_start_utc
"""
WEATHER_SQL = """
select city, hour_start_utc, temperature_c, cloud_cover_pct, wind_speed_km_per_h, relative_humidity_pct,
       precipitation_mm, known_at_utc
from marts.fct_weather_hourly
where temperature_c is not null and hour_start_utc >= '{since}'::date - interval '1 day'
order by city, hour_start_utc
"""
CALENDAR_SQL = """
select date_paris, is_public_holiday, is_bridge_day,
       is_school_holiday_zone_a, is_school_holiday_zone_b, is_school_holiday_zone_c
from marts.dim_calendar_day
where date_paris >= '{since}'::date - 1
order by date_paris
"""
BEGINNING = "2012-01-01"


@dataclass(frozen=True)
class Inputs:
    """Rows of the marts as pandas frames, instants in UTC, power in MW.

    ``national``: one row per hour with real-time load or RTE's day-ahead forecast, each with when it was known;
    ``weather``: one row per city and hour; ``calendar``: one row per Paris day, known years ahead.
    """

    national: pd.DataFrame
    weather: pd.DataFrame
    calendar: pd.DataFrame

    @property
    def is_synthetic(self) -> bool:
        """True where any of the load was made by the demo's generator."""
        return bool(self.national["is_synthetic"].any())

    def as_known_at(self, instant: datetime) -> Inputs:
        """The same with everything left out that became known after ``instant``."""
        at = pd.Timestamp(instant)
        national = self.national.copy()
        for value, known in (
            ("load_realtime_mw", "load_realtime_known_at_utc"),
            ("forecast_rte_d1_mw", "forecast_rte_d1_known_at_utc"),
        ):
            national[value] = national[value].where(national[known] <= at)
        kept = national["load_realtime_mw"].notna() | national["forecast_rte_d1_mw"].notna()
        weather = self.weather[self.weather["known_at_utc"] <= at]
        return Inputs(
            national[kept].reset_index(drop=True),
            weather.reset_index(drop=True),
            self.calendar,
        )

    def checksum(self) -> str:
        """SHA-256 over all values and times: the same rows give the same checksum on any machine."""
        digest = hashlib.sha256()
        for frame in (self.national, self.weather, self.calendar):
            for name in frame.columns:
                digest.update(name.encode())
                digest.update(_bytes_of(frame[name]))
        return digest.hexdigest()


def _bytes_of(column: pd.Series) -> bytes:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return bytes(column.dt.as_unit("us").astype("int64").to_numpy().tobytes())
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=bool).tobytes()
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64) + 0.0  # minus zero is zero
        return np.where(np.isnan(values), np.nan, values).tobytes()
    return "\x1f".join(str(value) for value in column.to_numpy()).encode()


def read(settings: Settings, since: date | None = None) -> Inputs:
    """Read the marts, from Paris day ``since`` on (all where None).

    Raises:
        ConsoError: the marts are not there, or hold no real-time load or no weather.
    """
    start = BEGINNING if since is None else since.isoformat()
    frames = _fetch(settings, [sql.format(since=start) for sql in (NATIONAL_SQL, WEATHER_SQL, CALENDAR_SQL)])
    inputs = Inputs(*(_utc(frame) for frame in frames))
    for name, frame in (("fct_national_hourly", inputs.national), ("fct_weather_hourly", inputs.weather)):
        if frame.empty:
            raise ConsoError(
                f"marts.{name} holds nothing that the model could use (from {start}).",
                "Load and transform data first: `conso ingest`, then `conso transform`.",
            )
    return inputs


def _fetch(settings: Settings, queries: list[str]) -> list[pd.DataFrame]:
    import adbc_driver_manager as adbc_manager  # noqa: PLC0415 - keeps imports of this module light

    with database.connect_arrow(settings) as connection, connection.cursor() as cursor:
        frames = []
        for query in queries:
            try:
                cursor.execute(query)
                frames.append(cursor.fetch_arrow_table().to_pandas())
            except adbc_manager.Error as error:
                raise ConsoError(
                    f"The marts cannot be read: {str(error).splitlines()[0]}", "Build them with `conso transform`."
                ) from error
        return frames


def _utc(frame: pd.DataFrame) -> pd.DataFrame:
    """Instants as UTC whatever the session's zone, dates as timestamps, flags as booleans, numbers as floats."""
    for name in frame.columns:
        if name.endswith("_utc"):
            frame[name] = pd.to_datetime(frame[name], utc=True)
        elif name == "date_paris":
            frame[name] = pd.to_datetime(frame[name])
        elif name.startswith("is_"):
            frame[name] = frame[name].astype(bool)
        elif name != "city":
            frame[name] = frame[name].astype(np.float64)
    return frame
