# ruff: noqa: DTZ001 - pages show civil time, which has no zone
from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts.plot import instant, position, step_of
from reports.charts.ticks import number_axis, time_axis

pytestmark = pytest.mark.unit


@given(st.floats(-1e6, 1e6), st.floats(0.001, 1e6), st.integers(2, 8))
def test_number_axes_cover_the_data_with_few_distinct_labels(low: float, span: float, count: int) -> None:
    high = low + span
    domain, ticks = number_axis(low, high, count=count, code="#,##0")
    assert domain[0] <= low + span * 1e-6
    assert domain[1] >= high - span * 1e-6
    assert 2 <= len(ticks) <= count + 3
    assert len({label for _, label in ticks}) == len(ticks)


def test_an_axis_in_gigawatts_takes_the_decimals_that_it_needs() -> None:
    _, ticks = number_axis(50_000, 51_000, count=4, code='#,##0, "GW"')
    assert [label for _, label in ticks] == [
        "50,00\u00a0GW",
        "50,25\u00a0GW",
        "50,50\u00a0GW",
        "50,75\u00a0GW",
        "51,00\u00a0GW",
    ]


def test_hours_are_cut_in_threes_and_sixes() -> None:
    _, ticks = number_axis(0, 23, count=5, code='0 "h"', grow=False)
    assert [value for value, _ in ticks] == [0, 6, 12, 18]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (datetime(2026, 4, 14), datetime(2026, 4, 14, 23), ["mar. 14", "6\u00a0h", "12\u00a0h", "18\u00a0h"]),
        (datetime(2026, 4, 13), datetime(2026, 4, 16), ["lun. 13", "mar. 14", "mer. 15", "jeu. 16"]),
        (datetime(2025, 11, 20), datetime(2026, 9, 1), ["2026", "avr.", "juil."]),
        (datetime(2012, 1, 1), datetime(2024, 12, 31), ["2015", "2020"]),
    ],
)
def test_time_axes(first: datetime, last: datetime, expected: list[str]) -> None:
    ticks = time_axis(position(first), position(last), count=4)
    assert [label for _, label in ticks] == expected
    assert all(position(first) <= at <= position(last) for at, _ in ticks)


def test_positions_come_back() -> None:
    moment = datetime(2026, 3, 29, 2, 30)
    assert instant(position(moment)) == moment


def test_classes_of_a_colour_scale() -> None:
    assert [step_of(value, 0, 90, 9) for value in (-5, 0, 9.9, 10, 89, 90, 500)] == [0, 0, 0, 1, 8, 8, 8]
    assert step_of(None, 0, 1, 9) is None
    assert step_of(3, 3, 3, 9) == 4
