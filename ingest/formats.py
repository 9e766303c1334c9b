"""The publishers' file formats, each known by its columns and never by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest import entsoe, epex_files, odre, open_meteo, public_holidays, school_calendar
from ingest.contracts import (
    DAY_AHEAD_PRICE,
    ENTSOE_TOTAL_LOAD,
    NATIONAL_LOAD,
    PUBLIC_HOLIDAYS,
    SCHOOL_HOLIDAYS,
    WEATHER,
    Contract,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.batch import Batch
    from ingest.received import Received


@dataclass(frozen=True)
class Format:
    """A format: what it is called, the table it goes to, and how its columns look.

    ``contract`` is None for what is recognised but has no table yet. ``parse`` reads rows of text (CSV and JSON);
    formats that are no rows of text are parsed by their own module.
    """

    title: str
    contract: Contract | None
    recognises: Callable[[frozenset[str]], bool]
    parse: Callable[[Received], Batch] | None = None


def _is_regional_temperature(columns: frozenset[str]) -> bool:
    return bool(columns & {"TMoy (°C)", "tmoy"})


ROW_FORMATS = (
    Format("ODRÉ consommation-quotidienne-brute", NATIONAL_LOAD, odre.is_daily, odre.parse_daily),
    Format("ODRÉ éCO2mix national", NATIONAL_LOAD, odre.is_eco2mix, odre.parse_eco2mix),
    Format("ENTSO-E total load", ENTSOE_TOTAL_LOAD, entsoe.is_total_load, entsoe.parse_total_load),
    Format("etalab jours fériés", PUBLIC_HOLIDAYS, public_holidays.is_public_holidays, public_holidays.parse),
    Format("Calendrier scolaire", SCHOOL_HOLIDAYS, school_calendar.is_school_calendar, school_calendar.parse),
    Format("Day-ahead prices (start, end)", DAY_AHEAD_PRICE, epex_files.is_start_end, epex_files.parse_start_end),
    Format("Day-ahead prices (mtu, seen_at)", DAY_AHEAD_PRICE, epex_files.is_mtu, epex_files.parse_mtu),
    Format("ODRÉ éCO2mix régional", None, odre.is_regional),
    Format("ODRÉ température quotidienne régionale", None, _is_regional_temperature),
)
WEATHER_FILE = Format("Open-Meteo weather", WEATHER, open_meteo.is_weather)
PRICE_PAGE = Format("EPEX SPOT page", DAY_AHEAD_PRICE, lambda _: False)
FORMATS = (*ROW_FORMATS, WEATHER_FILE, PRICE_PAGE)
"""All formats, in the order in which their files are loaded."""


def format_of(columns: frozenset[str]) -> Format | None:
    """The format that has these columns, None where none is known."""
    return next((known for known in ROW_FORMATS if known.recognises(columns)), None)
