"""Where the input comes from: one set of addresses per origin, and what is asked of each.

Live data, the demo server and the tests' fakes differ by these addresses only. What is requested of each:

========================  ===========================================================================================
``odre``, ``education``   ``GET {base}/api/explore/v2.1/catalog/datasets/{dataset}/exports/csv`` with ``select``,
                          ``where`` (``date_heure >= date'2026-04-11T00:00:00Z'``), ``order_by``, ``timezone=UTC``,
                          ``use_labels=false``, ``delimiter=;``; ODRÉ is first probed with
                          ``GET .../datasets/{dataset}/records?limit=1&order_by=date_heure desc``. A dataset without
                          rows is a header alone.
``open_meteo_archive``    ``GET {base}/v1/forecast`` with ``latitude``, ``longitude`` (comma-separated for several
                          places: a JSON list comes back, else one object), ``hourly``, ``start_date``, ``end_date``,
                          ``timezone=UTC``
``open_meteo_forecast``   the same path and parameters, for the days from today on
``etalab``                ``GET {base}/csv/jours_feries_metropole.csv``
``entsoe``                ``GET {base}/total-load/{year}.csv``, one UTC year per file, 404 for a year without data; None
                          for live data: the Transparency Platform has no interface without a key
``epex``                  ``GET {base}/en/market-results?...``, see ``ingest.epex``
========================  ===========================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Origin = Literal["live", "directory", "demo"]

EXPLORE_PATH = "/api/explore/v2.1/catalog/datasets"
OPEN_METEO_PATH = "/v1/forecast"
ETALAB_PATH = "/csv/jours_feries_metropole.csv"
ENTSOE_PATH = "/total-load/{year}.csv"

ODRE_REAL_TIME = "eco2mix-national-tr"
ODRE_CONSOLIDATED = "eco2mix-national-cons-def"
SCHOOL_CALENDAR = "fr-en-calendrier-scolaire"


@dataclass(frozen=True)
class Endpoints:
    """Base addresses of the publishers, without a trailing slash. The defaults are the publishers' own."""

    odre: str = "https://odre.opendatasoft.com"
    education: str = "https://data.education.gouv.fr"
    open_meteo_forecast: str = "https://api.open-meteo.com"
    open_meteo_archive: str = "https://historical-forecast-api.open-meteo.com"
    etalab: str = "https://etalab.github.io/jours-feries-france-data"
    entsoe: str | None = None
    epex: str = "https://www.epexspot.com"


LIVE = Endpoints()
