"""data.education.gouv.fr: the school calendar by academy and zone. Licence Ouverte 2.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest import duck
from ingest.batch import REASON_UNREADABLE, Batch, sift
from ingest.contracts import SCHOOL_HOLIDAYS
from ingest.received import ROW_NUMBER, require_columns

if TYPE_CHECKING:
    from ingest.received import Received

REQUIRED = {
    "school_year": ("annee_scolaire",),
    "zone": ("zones",),
    "location": ("location",),
    "population": ("population",),
    "description": ("description",),
    "start": ("start_date",),
    "end": ("end_date",),
}


def is_school_calendar(columns: frozenset[str]) -> bool:
    """Whether the columns are those of `fr-en-calendrier-scolaire`."""
    return "annee_scolaire" in columns or {"start_date", "zones"} <= columns


def parse(received: Received) -> Batch:
    """School holidays as civil days of Paris: the first day and the day on which classes resume.

    The publisher gives midnights of Paris as instants in UTC (22:00 or 23:00 the day before), overseas too.

    Raises:
        SourceError: a column is missing.
    """
    found = {key: duck.quoted(name) for key, name in require_columns(received, REQUIRED).items()}
    # The publisher leaves the population out where it means everybody, as does its dash.
    sql = f"""
      with typed as (
        select {ROW_NUMBER}, {found["school_year"]} as school_year, {found["zone"]} as zone,
          {found["location"]} as location, coalesce(nullif(trim({found["population"]}), ''), '-') as population,
          {found["description"]} as description, paris_date(instant({found["start"]})) as start_date_paris,
          paris_date(instant({found["end"]})) as resume_date_paris,
          {found["start"]} || ' ' || coalesce({found["end"]}, '') as given
        from received
      )
      select * exclude (given), known_calendar(start_date_paris) as known_at_utc, null::timestamptz as seen_at_utc,
        case when start_date_paris is null or resume_date_paris < start_date_paris
             then '{REASON_UNREADABLE}' end as reason,
        'instants of the first day and, not earlier, of the day classes resume, not ' || given as expected
      from typed
    """  # noqa: S608 - identifiers are quoted
    return sift(SCHOOL_HOLIDAYS, sql, received)
