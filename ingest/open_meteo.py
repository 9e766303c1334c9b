"""Open-Meteo: hourly weather forecasts of ten cities, from its archive of past forecasts and from today's.

Publisher: https://open-meteo.com, CC-BY 4.0.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from conso.errors import SourceError
from ingest import duck
from ingest.batch import REASON_UNREADABLE, Batch, sift
from ingest.contracts import WEATHER
from ingest.received import ROW_NUMBER, Received

if TYPE_CHECKING:
    import pyarrow as pa

WeatherKind = Literal["archived_forecast", "forecast"]


@dataclass(frozen=True)
class Variable:
    """An hourly variable: our column, the unit it is stored in."""

    column: str
    unit: str


VARIABLES = {
    "temperature_2m": Variable("temperature_2m_c", "°C"),
    "precipitation": Variable("precipitation_mm", "mm"),
    "wind_speed_10m": Variable("wind_speed_10m_km_per_h", "km/h"),
    "cloud_cover": Variable("cloud_cover_pct", "%"),
    "soil_moisture_1_to_3cm": Variable("soil_moisture_1_to_3cm_m3_per_m3", "m³/m³"),
    "relative_humidity_2m": Variable("relative_humidity_2m_pct", "%"),
}
CITIES: dict[str, tuple[float, float]] = {
    "bayonne": (43.4933, -1.4748),
    "brest": (48.3904, -4.4861),
    "lille": (50.6292, 3.0573),
    "limoges": (45.8336, 1.2611),
    "lyon": (45.7640, 4.8357),
    "marseille": (43.2965, 5.3698),
    "nantes": (47.2184, -1.5536),
    "paris": (48.8566, 2.3522),
    "strasbourg": (48.5734, 7.7521),
    "toulouse": (43.6047, 1.4442),
}
"""Latitude and longitude, WGS 84."""
GRID_TOLERANCE_DEG = 0.3
"""The answer gives the centre of the model's cell, up to some 25 km from what was asked."""
_CITY_IN_NAME = re.compile(r"weather_([a-z]+)(?:[_.]|$)", re.IGNORECASE)


def is_weather(columns: frozenset[str]) -> bool:
    """Whether the columns of a parquet file are hourly variables of Open-Meteo."""
    return {"time", "temperature_2m"} <= columns


def parquet_columns(data: bytes, source_ref: str) -> frozenset[str]:
    """Column names of a parquet file.

    Raises:
        SourceError: it is not whole.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        return frozenset(pq.read_schema(io.BytesIO(data)).names)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{source_ref}: not a whole parquet file ({error}).", "Fetch the file again.") from error


def parse_parquet(data: bytes, source_ref: str) -> Batch:
    """Archived forecasts of the city that the file is named for (`weather_<city>.parquet`): it has no other mark of it.

    Raises:
        SourceError: not parquet, a variable is missing, or the name tells no city that we know.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415

    city = _city_of(source_ref)
    try:
        rows = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{source_ref}: not a whole parquet file ({error}).", "Fetch the file again.") from error
    missing = sorted({"time", *VARIABLES} - set(rows.column_names))
    if missing:
        raise SourceError(
            f"{source_ref}: the columns {', '.join(missing)} are missing; it has {', '.join(rows.column_names)}.",
            f"Ask Open-Meteo for hourly={','.join(VARIABLES)}.",
        )
    if not pa.types.is_timestamp(rows.schema.field("time").type):
        raise SourceError(
            f"{source_ref}: `time` is {rows.schema.field('time').type}; expected timestamps in UTC.",
            "Ask Open-Meteo for timezone=UTC and keep the times as timestamps.",
        )
    cities = pa.repeat(pa.scalar(city, pa.string()), rows.num_rows)
    return _parse_hours(rows.append_column("city", cities), source_ref, "archived_forecast")


def _city_of(source_ref: str) -> str:
    match = _CITY_IN_NAME.search(PurePosixPath(source_ref).name)
    city = match.group(1).lower() if match else ""
    if city not in CITIES:
        raise SourceError(
            f"{source_ref}: the file's name tells no city that we know; expected weather_<city>.parquet with one of "
            f"{', '.join(CITIES)}.",
            "Rename the file.",
        )
    return city


def parse_json(data: bytes, source_ref: str, cities: tuple[str, ...], kind: WeatherKind) -> Batch:
    """The API's answer for ``cities``, asked for in that order: a list, or one object for a single city.

    Raises:
        SourceError: not such an answer, another place or unit than asked.
    """
    try:
        body = json.loads(data)
    except ValueError as error:
        raise SourceError(f"{source_ref}: not JSON ({error}).", "Try again; the answer may be cut off.") from error
    places = body if isinstance(body, list) else [body]
    if len(places) != len(cities):
        raise SourceError(
            f"{source_ref}: an answer for {len(places)} places; expected {len(cities)}.", "Try again later."
        )
    import pyarrow as pa  # noqa: PLC0415 - heavy

    tables = [_hours(place, source_ref, city) for place, city in zip(places, cities, strict=True)]
    return _parse_hours(pa.concat_tables(tables), source_ref, kind)


def _hours(place: Any, source_ref: str, city: str) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415

    hourly = place.get("hourly") if isinstance(place, dict) else None
    if not isinstance(hourly, dict) or not {"time", *VARIABLES} <= hourly.keys():
        raise SourceError(
            f"{source_ref}: no `hourly` object with time and {', '.join(VARIABLES)} for {city}.", "Try again later."
        )
    latitude, longitude = CITIES[city]
    off = max(abs(place.get("latitude", 999) - latitude), abs(place.get("longitude", 999) - longitude))
    if off > GRID_TOLERANCE_DEG:
        raise SourceError(
            f"{source_ref}: values for {place.get('latitude')}, {place.get('longitude')}; expected {city} "
            f"({latitude}, {longitude}).",
            "Try again later.",
        )
    units = place.get("hourly_units", {})
    for name, variable in VARIABLES.items():
        if units.get(name) != variable.unit:
            raise SourceError(
                f"{source_ref}: {name} of {city} in {units.get(name)!r}; expected {variable.unit!r}.",
                "Ask for the default units.",
            )
    if place.get("utc_offset_seconds") != 0:
        raise SourceError(
            f"{source_ref}: times of {city} are {place.get('utc_offset_seconds')} s off UTC; expected 0.",
            "Ask for timezone=UTC.",
        )
    try:
        columns = {"time": pa.array(hourly["time"], pa.string())}
        columns["city"] = pa.repeat(pa.scalar(city, pa.string()), len(columns["time"]))
        columns |= {name: pa.array(hourly[name], pa.float64()) for name in VARIABLES}
        return pa.table(columns)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise SourceError(
            f"{source_ref}: the hourly values of {city} are no lists of numbers of one length ({error}).",
            "Try again later.",
        ) from error


def _parse_hours(rows: pa.Table, source_ref: str, kind: WeatherKind) -> Batch:
    """Hourly rows: ``city``, ``time`` in UTC (timestamps or text without offset), and the variables."""
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    rows = rows.append_column(ROW_NUMBER, pa.array(np.arange(1, rows.num_rows + 1, dtype=np.int32)))
    # The archive's files hold 32-bit floats: 5.3 is kept as 5.3, as the API gives it, not as 5.300000190734863.
    values = ", ".join(
        f"{duck.quoted(name)}::varchar::double as {variable.column}" for name, variable in VARIABLES.items()
    )
    known = "known_day_before(valid_at_utc, interval 8 hour)" if kind == "archived_forecast" else "null::timestamptz"
    sql = f"""
      select city, '{kind}' as weather_kind, valid_at_utc, {values},
        {known} as known_at_utc, null::timestamptz as seen_at_utc, {ROW_NUMBER},
        case when valid_at_utc is null then '{REASON_UNREADABLE}' end as reason, 'a time in UTC' as expected
      from (select *, try_cast("time" as timestamptz) as valid_at_utc from received)
    """  # noqa: S608 - own identifiers
    return sift(WEATHER, sql, Received(rows, source_ref))
