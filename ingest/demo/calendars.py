"""The civil calendar of France by rule: public holidays, bridge days, school holidays of the three zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MONDAY, TUESDAY, THURSDAY, FRIDAY, SATURDAY = 0, 1, 3, 4, 5
ZONES = ("A", "B", "C")
ACADEMIES = {
    "A": ("Besançon", "Bordeaux", "Clermont-Ferrand", "Dijon", "Grenoble", "Limoges", "Lyon", "Poitiers"),
    "B": (
        *("Aix-Marseille", "Amiens", "Lille", "Nancy-Metz", "Nantes", "Nice"),
        *("Normandie", "Orléans-Tours", "Reims", "Rennes", "Strasbourg"),
    ),
    "C": ("Créteil", "Montpellier", "Paris", "Toulouse", "Versailles"),
}


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


@lru_cache
def public_holidays(year: int) -> tuple[tuple[date, str], ...]:
    """The eleven public holidays of metropolitan France (Code du travail, L3133-1) in order, named as etalab does.

    Two of them may fall on one day, as Ascension on 1 May 2008.
    """
    sunday = easter(year)
    days = (
        (date(year, 1, 1), "1er janvier"),
        (sunday + timedelta(days=1), "Lundi de Pâques"),
        (date(year, 5, 1), "1er mai"),
        (date(year, 5, 8), "8 mai"),
        (sunday + timedelta(days=39), "Ascension"),
        (sunday + timedelta(days=50), "Lundi de Pentecôte"),
        (date(year, 7, 14), "14 juillet"),
        (date(year, 8, 15), "Assomption"),
        (date(year, 11, 1), "Toussaint"),
        (date(year, 11, 11), "11 novembre"),
        (date(year, 12, 25), "Jour de Noël"),
    )
    return tuple(sorted(days))


def is_public_holiday(day: date) -> bool:
    """Whether all of metropolitan France has a public holiday."""
    return any(day == holiday for holiday, _ in public_holidays(day.year))


def is_bridge_day(day: date) -> bool:
    """A Monday before, or a Friday after, a public holiday: many take it off."""
    if is_public_holiday(day):
        return False
    after = day.weekday() == FRIDAY and is_public_holiday(day - timedelta(days=1))
    before = day.weekday() == MONDAY and is_public_holiday(day + timedelta(days=1))
    return after or before


@dataclass(frozen=True)
class SchoolHoliday:
    """One period of one zone: ``start`` is the first day off, ``resume`` the day classes resume."""

    zone: str
    description: str
    population: str
    start: date
    resume: date
    school_year: str


def _saturday_on_or_after(day: date) -> date:
    return day + timedelta(days=(SATURDAY - day.weekday()) % 7)


def _zone_order(school_year: int) -> tuple[str, ...]:
    """Which zone leaves first in winter: the three take turns."""
    turn = school_year % 3
    return ZONES[turn:] + ZONES[:turn]


@lru_cache
def school_holidays(school_year: int) -> tuple[SchoolHoliday, ...]:
    """Periods of the school year that begins in September of ``school_year``, by a rule in the manner of the decrees.

    All Saints' and Christmas are common; winter and spring last 16 days and are staggered by a week between zones.
    """
    label = f"{school_year}-{school_year + 1}"
    next_year = school_year + 1
    autumn = _saturday_on_or_after(date(school_year, 10, 16))
    christmas = _saturday_on_or_after(date(school_year, 12, 18))
    winter = _saturday_on_or_after(date(next_year, 2, 4))
    ascension = easter(next_year) + timedelta(days=39)
    summer = _saturday_on_or_after(date(next_year, 7, 2))
    back = date(next_year, 9, 1) + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[date(next_year, 9, 1).weekday()])
    periods = []
    for zone in ZONES:
        shift = timedelta(weeks=_zone_order(school_year).index(zone))
        spring = winter + timedelta(weeks=8) + shift
        for description, population, start, resume in (
            ("Vacances de la Toussaint", "-", autumn, autumn + timedelta(days=16)),
            ("Vacances de Noël", "-", christmas, christmas + timedelta(days=16)),
            ("Vacances d'Hiver", "-", winter + shift, winter + shift + timedelta(days=16)),
            ("Vacances de Printemps", "-", spring, spring + timedelta(days=16)),
            ("Pont de l'Ascension", "-", ascension, ascension + timedelta(days=4)),
            ("Vacances d'Été", "Élèves", summer, back),
            ("Vacances d'Été", "Enseignants", summer, back - timedelta(days=1)),
        ):
            periods.append(SchoolHoliday(zone, description, population, start, resume, label))
    return tuple(periods)


def zones_on_holiday(day: date) -> int:
    """How many of the three zones have no school that day, 0 to 3."""
    school_year = day.year if day.month >= 9 else day.year - 1  # noqa: PLR2004 - September
    periods = school_holidays(school_year)
    return len({p.zone for p in periods if p.population != "Enseignants" and p.start <= day < p.resume})


def days(first: date, last: date) -> Iterator[date]:
    """Every day from ``first`` to ``last``, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
