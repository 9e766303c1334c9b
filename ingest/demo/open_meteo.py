"""Open-Meteo's JSON: the archive of past forecasts, and the forecast from today on, over one path each."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.demo.answers import Answer, BadRequestError, Query, json_answer
from ingest.demo.clock import FIRST_DAY, FORECAST_DAYS, Timetable
from ingest.demo.weather import CITIES, WeatherFields

if TYPE_CHECKING:
    from ingest.demo.generator import World

PATH = "/v1/forecast"
UNITS = {
    "temperature_2m": "°C",
    "precipitation": "mm",
    "wind_speed_10m": "km/h",
    "cloud_cover": "%",
    "soil_moisture_1_to_3cm": "m³/m³",
    "relative_humidity_2m": "%",
}
WHOLE = {"cloud_cover", "relative_humidity_2m"}
NEAR_DEGREES = 0.5
PAST_DAYS_OF_FORECAST = 92


def answer(world: World, timetable: Timetable, query: Query, *, archive: bool) -> Answer:
    """One object for one place, a list for several; hourly arrays from ``start_date`` to ``end_date``, both included.

    Raises:
        BadRequestError: a parameter is missing, unknown or out of the range that is on offer.
    """
    places = _places(query)
    names = [name for name in query.get("hourly", "").split(",") if name]
    unknown = [name for name in names if name not in UNITS]
    if unknown or not names:
        raise _refused(
            f"Data corrupted at path ''. Cannot initialize hourly variable from invalid String value {unknown}."
        )
    if query.get("timezone", "GMT") not in {"UTC", "GMT"}:
        raise _refused("Invalid timezone")
    first, last = _dates(query, timetable, archive=archive)
    begin = int(np.searchsorted(world.hours_utc, np.datetime64(first, "m")))
    end = int(np.searchsorted(world.hours_utc, np.datetime64(last, "m") + np.timedelta64(1, "D")))
    hours = world.hours_utc[begin:end]
    bodies = [_place(world.weather.published, place, names, hours, slice(begin, end)) for place in places]
    return json_answer(bodies if len(bodies) > 1 else bodies[0])


def _refused(reason: str) -> BadRequestError:
    return BadRequestError({"error": True, "reason": reason})


def _places(query: Query) -> list[int]:
    """Index of the city nearest to each pair of coordinates."""
    try:
        latitudes = [float(text) for text in query["latitude"].split(",")]
        longitudes = [float(text) for text in query["longitude"].split(",")]
    except (KeyError, ValueError) as error:
        raise _refused("Value of type 'Float' required for key 'latitude'.") from error
    if len(latitudes) != len(longitudes):
        raise _refused("Parameter 'latitude' and 'longitude' must have the same number of elements")
    return [_nearest(latitude, longitude) for latitude, longitude in zip(latitudes, longitudes, strict=True)]


def _nearest(latitude: float, longitude: float) -> int:
    far = [max(abs(city.latitude - latitude), abs(city.longitude - longitude)) for city in CITIES]
    nearest = int(np.argmin(far))
    if far[nearest] > NEAR_DEGREES:
        raise _refused(f"No data is available for this location (the demo has {', '.join(c.name for c in CITIES)})")
    return nearest


def _dates(query: Query, timetable: Timetable, *, archive: bool) -> tuple[date, date]:
    today = timetable.clock_utc.date()
    earliest = FIRST_DAY if archive else date.fromordinal(today.toordinal() - PAST_DAYS_OF_FORECAST)
    # The archive also holds what was forecast for the days to come, as the publisher's does.
    latest = timetable.last_weather_day
    given = []
    for name, default in (("start_date", today), ("end_date", date.fromordinal(today.toordinal() + FORECAST_DAYS))):
        try:
            day = date.fromisoformat(query.get(name, default.isoformat()))
        except ValueError as error:
            raise _refused(f"Invalid date format. Make sure to use 'YYYY-MM-DD' for '{name}'") from error
        if not earliest <= day <= latest:
            raise _refused(f"Parameter '{name}' is out of allowed range from {earliest} to {latest}")
        given.append(day)
    if given[1] < given[0]:
        raise _refused("End-date must be larger or equals than start-date")
    return given[0], given[1]


def _place(
    published: WeatherFields, place: int, names: list[str], hours: np.ndarray[Any, Any], part: slice
) -> dict[str, Any]:
    city = CITIES[place]
    hourly: dict[str, Any] = {"time": np.datetime_as_string(hours, unit="m").tolist()}
    for name in names:
        values = getattr(published, name)[part, place]
        hourly[name] = values.astype(np.int64).tolist() if name in WHOLE else values.tolist()
    return {
        "latitude": city.latitude,
        "longitude": city.longitude,
        "generationtime_ms": 0.5,
        "utc_offset_seconds": 0,
        "timezone": "GMT",
        "timezone_abbreviation": "GMT",
        "elevation": 50.0,
        "hourly_units": {"time": "iso8601", **{name: UNITS[name] for name in names}},
        "hourly": hourly,
    }


if {field.name for field in fields(WeatherFields)} != UNITS.keys():  # pragma: no cover - a slip of the pen, at import
    raise RuntimeError("ingest.demo.open_meteo.UNITS and the weather's fields differ")
