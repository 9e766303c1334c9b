"""Public holidays: etalab's file (Licence Ouverte 2.0), or computed from the law where an origin has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conso.errors import ConsoError
from ingest import duck
from ingest.batch import REASON_UNREADABLE, Batch, sift
from ingest.contracts import PUBLIC_HOLIDAYS
from ingest.received import ROW_NUMBER, Received, require_columns

if TYPE_CHECKING:
    from datetime import date

METROPOLE = "Métropole"
FIRST_YEAR = 2012
LAW_REF = "Code du travail L3133-1"
REQUIRED = {"date": ("date",), "zone": ("zone",), "name": ("nom_jour_ferie",)}

ETALAB_NAMES = {
    "Jour de l'an": "1er janvier",
    "Lundi de Pâques": "Lundi de Pâques",
    "Fête du Travail": "1er mai",
    "Fête de la Victoire": "8 mai",
    "Ascension": "Ascension",
    "Lundi de Pentecôte": "Lundi de Pentecôte",
    "Fête nationale": "14 juillet",
    "Assomption": "Assomption",
    "Toussaint": "Toussaint",
    "Armistice": "11 novembre",
    "Noël": "Jour de Noël",
}
"""The library's French names, and the same days as etalab names them: one day has one name in the warehouse."""


def is_public_holidays(columns: frozenset[str]) -> bool:
    """Whether the columns are those of etalab's `jours_feries_*.csv`."""
    return "nom_jour_ferie" in columns


def parse(received: Received) -> Batch:
    """Public holidays by zone, as civil days.

    Raises:
        SourceError: a column is missing.
    """
    found = {key: duck.quoted(name) for key, name in require_columns(received, REQUIRED).items()}
    sql = f"""
      select {ROW_NUMBER}, {found["zone"]} as zone, try_cast({found["date"]} as date) as date_paris,
        {found["name"]} as name, 'etalab' as basis,
        known_calendar(try_cast({found["date"]} as date)) as known_at_utc, null::timestamptz as seen_at_utc,
        case when try_cast({found["date"]} as date) is null then '{REASON_UNREADABLE}' end as reason,
        'a date as yyyy-mm-dd' as expected
      from received
    """  # noqa: S608 - identifiers are quoted
    return sift(PUBLIC_HOLIDAYS, sql, received)


def holidays_by_law(last_year: int) -> list[tuple[date, str]]:
    """The eleven holidays of article L3133-1 of the Code du travail, 2012 to ``last_year``.

    Raises:
        ConsoError: the installed library names a day as none did before.
    """
    import holidays  # noqa: PLC0415 - heavy

    days = holidays.country_holidays("FR", years=range(FIRST_YEAR, last_year + 1), language="fr")
    named = []
    for day, names in sorted(days.items()):
        for name in names.split("; "):  # two holidays may fall on one day, as Ascension and 1 May in 2008
            if name not in ETALAB_NAMES:
                raise ConsoError(
                    f"The library `holidays` has a French holiday that is not in article L3133-1: {name!r} on {day}.",
                    "Install the version in uv.lock (`uv sync`).",
                )
            named.append((day, ETALAB_NAMES[name]))
    return named


def batch_by_law(last_year: int, already: frozenset[date]) -> Batch:
    """What the law gives for days that the warehouse has no holiday for yet."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    days = [(day, name) for day, name in holidays_by_law(last_year) if day not in already]
    rows = pa.table(
        {
            "date_paris": pa.array([day for day, _ in days], pa.date32()),
            "name": pa.array([name for _, name in days], pa.string()),
            ROW_NUMBER: pa.array(range(1, len(days) + 1), pa.int32()),
        }
    )
    sql = f"""
      select '{METROPOLE}' as zone, date_paris, name, 'law' as basis, known_calendar(date_paris) as known_at_utc,
        null::timestamptz as seen_at_utc, {ROW_NUMBER}, null::varchar as reason, null::varchar as expected
      from received
    """  # noqa: S608 - constants
    return sift(PUBLIC_HOLIDAYS, sql, Received(rows, LAW_REF))
