from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reports.engine import Result
from reports.expressions import ExpressionError, compile_expression, truthy
from reports.formats import write

pytestmark = pytest.mark.unit

ROWS = Result("q", {"a": "number", "b": "text", "d": "date"}, [{"a": 1200, "b": None, "d": date(2026, 4, 14)}])
SCOPE = {"q": ROWS, "empty": Result("empty", {"a": "number"}, []), "row": {"a": 3}}


def value(source: str) -> Any:
    return compile_expression(source, {"fmt": write})(SCOPE)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2 - -3", 1),
        ("7 / 2", 3.5),
        ("7 % 4", 3),
        ("q.length", 1),
        ("q.length > 0 && empty.length === 0", True),
        ("q[0].a", 1200),
        ("q[0]['a']", 1200),
        ("row.a >= 3", True),
        ("empty[0]?.a", None),
        ("empty[0]?.a ?? 'none'", "none"),
        ("q[0].b == null", True),
        ("q[0].b !== undefined", False),
        ("q[0].a > 1000 ? 'high' : 'low'", "high"),
        ("'n = ' + q[0].a", "n = 1200"),
        ('fmt(q[0].a, "num0")', "1\u202f200"),
        ("fmt(q[0].d, 'd mmmm yyyy')", "14 avril 2026"),
        ('["a", "b"]', ["a", "b"]),
        ('{"Été": "rte", x: 1}', {"Été": "rte", "x": 1}),
        ("!false || nothing", True),
        ("'it\\'s'", "it's"),
        ("null < 1", False),
    ],
)
def test_values(source: str, expected: Any) -> None:
    assert value(source) == expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("nothing", "unknown name 'nothing'"),
        ("q[0].c", "unknown column 'c'"),
        ("empty[0].a", "there is no row"),
        ("row.a +", "unexpected"),
        ("alert('x')", "unknown function alert"),
        ("q = 1", "unexpected"),
        ("1 2", "unexpected '2'"),
        ("(1", r"expected '\)'"),
        ("'a' * 2", "is not a number"),
        ("1 / 0", "division by zero"),
        ("'a' < 1", "cannot compare"),
    ],
)
def test_what_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=reason):
        value(source)


def test_truth_is_javascripts() -> None:
    assert [truthy(item) for item in (0, "", None, False, float("nan"))] == [False] * 5
    assert [truthy(item) for item in (1, "0", [], SCOPE["empty"], -0.5)] == [True] * 5
