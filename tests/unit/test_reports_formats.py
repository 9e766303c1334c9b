# ruff: noqa: DTZ001 - pages show civil time, which has no zone
from __future__ import annotations

from datetime import date, datetime

import pytest

from reports import formats

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("number", "code", "expected"),
    [
        (1234567.891, "num0", "1\u202f234\u202f568"),
        (-1234.5, "#,##0.0", "\u22121\u202f234,5"),
        (58234, '#,##0.0, "GW"', "58,2\u00a0GW"),
        (58234, '#,##0,"k"', "58k"),
        (0.0734, "pct1", "7,3\u202f%"),
        (0.216, "+0.0%;-0.0%", "+21,6\u202f%"),
        (-0.216, "+0.0%;-0.0%", "\u221221,6\u202f%"),
        (3.2, '+#,##0.0 "°C";-0.0 "°C"', "+3,2\u00a0°C"),
        (0.7, "0.##", "0,7"),
        (12.5, "0.##", "12,5"),
        (-0.2, "num0", "0"),
        (2024, "id", "2024"),
        (7043.123, "eur2", "7\u202f043,12\u00a0€"),
        (5, '"n="0', "n=5"),
    ],
)
def test_numbers(number: float, code: str, expected: str) -> None:
    assert formats.write(number, code) == expected


@pytest.mark.parametrize(
    ("moment", "code", "expected"),
    [
        (date(2026, 4, 1), "dddd d mmmm yyyy", "mercredi 1er avril 2026"),
        (date(2026, 4, 14), "longdate", "14 avril 2026"),
        (datetime(2026, 4, 14, 9, 5), "HH:MM", "09:05"),
        (datetime(2026, 8, 14, 9, 5), 'd mmm, H"h"MM', "14 août, 9h05"),
        (date(2026, 12, 24), "dd/mm/yyyy", "24/12/2026"),
        (date(2026, 12, 24), "mmm yy", "déc. 26"),
        (date(2026, 12, 24), "shortdate", "24 déc. 2026"),
    ],
)
def test_dates(moment: date, code: str, expected: str) -> None:
    assert formats.write(moment, code) == expected


def test_values_without_a_format() -> None:
    assert formats.write(None) == "—"
    assert formats.write(float("nan"), "num0") == "—"
    assert formats.write(1234) == "1\u202f234"
    assert formats.write(1234.567) == "1\u202f234,57"
    assert formats.write(value=True) == "oui"
    assert formats.write(datetime(2026, 4, 14, 9, 5)) == "14 avr. 2026, 09:05"
    assert formats.write("texte") == "texte"


def test_a_code_for_axes_gives_way_to_all_digits_in_a_table() -> None:
    assert formats.exactly(58234.4, '#,##0, "GW"') == "58\u202f234"
    assert formats.exactly(0.5, "pct1") == "50,0\u202f%"


@pytest.mark.parametrize(("value", "code"), [("text", "num0"), (1, "hello"), (1, "yyyy"), (date(2026, 1, 1), "num0")])
def test_a_format_that_does_not_fit_is_refused(value: object, code: str) -> None:
    with pytest.raises(formats.FormatError):
        formats.write(value, code)
