"""Rows of features are checked before the model sees them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.predict import check_rows
from serving.problem import Problem

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Column:
    name: str
    unit: str
    minimum: float
    maximum: float


COLUMNS = (Column("load_mw", "MW", 25_000, 105_000), Column("temperature_c", "°C", -25, 45), Column("kind", "", 0, 7))
GOOD = {"load_mw": 50_000, "temperature_c": 12.5, "kind": 7}


def complaint(**changes: Any) -> Problem:
    row = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    with pytest.raises(Problem) as caught:
        check_rows([GOOD, row], COLUMNS)
    assert caught.value.status == 422
    assert caught.value.errors[0].row == 1
    return caught.value


def test_values_come_in_the_order_of_the_features() -> None:
    assert check_rows([dict(reversed(GOOD.items()))], COLUMNS) == [[50_000.0, 12.5, 7.0]]


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"load_mw": 50}, "load_mw", "25000 to 105000 MW, found 50"),
        ({"load_mw": float("nan")}, "load_mw", "found nan"),
        ({"load_mw": float("inf")}, "load_mw", "found inf"),
        ({"load_mw": ...}, "load_mw", "found missing"),
        ({"load_mw": None}, "load_mw", "found missing"),
        ({"temperature_c": "12"}, "temperature_c", "found a str"),
        ({"temperature_c": [12]}, "temperature_c", "found a list"),
        ({"kind": True}, "kind", "found a bool"),
        ({"kind": 10**400}, "kind", "found a number too large"),
        ({"temperatur_c": 3}, "temperatur_c", "did you mean temperature_c?"),
        ({"'; drop table raw.forecast": 3}, "'; drop table raw.forecast", "no such feature"),
    ],
)
def test_what_breaks_the_contract_is_named(changes: dict[str, Any], field: str, says: str) -> None:
    problem = complaint(**changes)
    assert problem.errors[0].field == field
    assert says in problem.errors[0].detail


def test_a_pointer_escapes_what_json_pointers_must() -> None:
    assert complaint(**{"a/b~c": 1}).errors[0].pointer == "/rows/1/a~1b~0c"


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)


@given(st.lists(st.dictionaries(st.sampled_from([*GOOD, "other"]) | st.text(), values), min_size=1, max_size=5))
def test_whatever_comes_is_a_table_or_a_problem(rows: list[dict[str, Any]]) -> None:
    try:
        table = check_rows(rows, COLUMNS)
    except Problem as problem:
        refused, table = problem, []
    else:
        refused = None
    assert all(c.minimum <= v <= c.maximum for row in table for c, v in zip(COLUMNS, row, strict=True))
    assert refused is None or (refused.status == 422 and 1 <= len(refused.errors) <= 20)


def test_a_body_full_of_unknown_names_costs_no_seconds() -> None:
    started = time.monotonic()
    with pytest.raises(Problem, match="many more"):
        check_rows([{f"temperature_{i}": 0 for i in range(50_000)}], COLUMNS)
    assert time.monotonic() - started < 2
