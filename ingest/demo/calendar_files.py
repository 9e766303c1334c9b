"""The school calendar of data.education.gouv.fr and etalab's file of public holidays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.demo import calendars
from ingest.demo.answers import Answer, text_answer
from ingest.demo.clock import paris_midnight_utc
from ingest.demo.explore import Dataset

if TYPE_CHECKING:
    from ingest.demo.clock import Timetable

SCHOOL_CALENDAR = "fr-en-calendrier-scolaire"
FIRST_SCHOOL_YEAR = 2017
YEARS_BACK, YEARS_AHEAD = 20, 5
HOLIDAY_ZONE = "Métropole"


def school_calendar(timetable: Timetable) -> Dataset:
    """One row per period and academy, dates as the instants of Paris midnights, from 2017 to the next school year."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    now = timetable.paris_now
    last = now.year if now.month >= 9 else now.year - 1  # noqa: PLR2004 - September
    periods = [p for year in range(FIRST_SCHOOL_YEAR, last + 2) for p in calendars.school_holidays(year)]
    rows = [
        {
            "description": period.description,
            "population": period.population,
            "start_date": paris_midnight_utc(period.start).replace(tzinfo=None),
            "end_date": paris_midnight_utc(period.resume).replace(tzinfo=None),
            "location": academy,
            "zones": f"Zone {period.zone}",
            "annee_scolaire": period.school_year,
        }
        for period in periods
        for academy in calendars.ACADEMIES[period.zone]
    ]
    table = pa.Table.from_pylist(rows)
    for name in ("start_date", "end_date"):
        index = table.column_names.index(name)
        table = table.set_column(index, name, table.column(name).cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC")))
    return Dataset(table)


def public_holidays(timetable: Timetable) -> Answer:
    """``date,annee,zone,nom_jour_ferie`` of metropolitan France, from 20 years back to 5 ahead."""
    year = timetable.paris_now.year
    lines = ["date,annee,zone,nom_jour_ferie"]
    for y in range(year - YEARS_BACK, year + YEARS_AHEAD + 1):
        lines += [f"{day},{y},{HOLIDAY_ZONE},{name}" for day, name in calendars.public_holidays(y)]
    return text_answer("\n".join(lines) + "\n", "text/csv; charset=utf-8")
