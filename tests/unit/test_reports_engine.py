# ruff: noqa: DTZ001 - pages show civil time, which has no zone
from __future__ import annotations

from datetime import date, datetime

import pytest

from reports.engine import Engine, Result
from reports.errors import PageError, Where
from reports.syntax import Sql

pytestmark = pytest.mark.unit


def run(**queries: str) -> dict[str, Result]:
    nodes = {name: Sql(Where("pages/p.md", 10), name, sql) for name, sql in queries.items()}
    return Engine({}).run_page(nodes)


def test_values_and_kinds() -> None:
    (result,) = run(
        q="""select 1 as i, 1.5::decimal(4, 2) as n, 'é' as t, date '2026-04-14' as d,
             timestamp '2026-04-14 09:00' as at, true as b, null as nothing"""
    ).values()
    assert list(result.kinds.values()) == ["number", "number", "text", "date", "datetime", "boolean", "text"]
    assert result.rows == [
        {"i": 1, "n": 1.5, "t": "é", "d": date(2026, 4, 14), "at": datetime(2026, 4, 14, 9), "b": True, "nothing": None}
    ]


def test_queries_chain_in_any_order_and_keep_theirs() -> None:
    results = run(
        total="select sum(v) as s, count(*) as n from ${ordered} as o",
        ordered="select v from ${base} order by v desc -- a remark",
        base="select unnest([1, 3, 2]) as v",
    )
    assert results["total"].rows == [{"s": 6, "n": 3}]
    assert results["ordered"].values("v") == [3, 2, 1]


def test_a_failing_query_names_page_and_line() -> None:
    with pytest.raises(PageError, match=r"reports/pages/p\.md, line 12: query q fails: Binder Error.*nothing"):
        run(q="select\n  1 as a,\n  nothing\nfrom (select 2 as b)")


@pytest.mark.parametrize(
    ("queries", "reason"),
    [
        ({"a": "from ${b}", "b": "from ${a}"}, "query a refers to itself: a -> b -> a"),
        ({"a": "from ${c}"}, "unknown query c"),
        ({"a": "select '${inputs.x}'"}, "inputs or params"),
        ({"a": "select now() as t"}, "column t of query a is of type"),
        ({"a": "from read_csv('/etc/passwd')"}, "query a fails"),
        ({"a": "select [1, 2] as l"}, "which pages cannot show"),
        ({"a": "set threads = 4"}, "query a fails"),
    ],
)
def test_what_is_refused(queries: dict[str, str], reason: str) -> None:
    with pytest.raises(PageError, match=r"p\.md, line 10") as caught:
        run(**queries)
    assert reason in str(caught.value)
