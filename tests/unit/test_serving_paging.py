"""Query parameters, cursors and the SQL of a page."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.datasets import CALENDAR, DATASETS, FORECASTS, LOAD, WEATHER
from serving.paging import (
    DayPage,
    ForecastPage,
    SpanPage,
    WeatherPage,
    make_cursor,
    page_query,
    parse_instant,
    read_cursor,
)
from serving.problem import Problem

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-01T00:00Z", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-07-01T02:00:00+02:00", datetime(2024, 7, 1, tzinfo=UTC)),
        ("2024-07-01T02:00:00 02:00", datetime(2024, 7, 1, tzinfo=UTC)),  # "+" not written as %2B
        ("2024-01-01", datetime(2023, 12, 31, 23, tzinfo=UTC)),  # midnight in France
        ("2024-07-01", datetime(2024, 6, 30, 22, tzinfo=UTC)),
    ],
)
def test_instants(text: str, expected: datetime) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2024-01-01T00:00", "no offset"),
        ("yesterday", "ISO 8601"),
        ("1704067200", "ISO 8601"),
        ("2024-02-30", "ISO 8601"),
        ("1999-12-31T00:00Z", "2000 to 2100"),
        ("9999-12-31T23:59:59-23:59", "2000 to 2100"),
        ("0001-01-01T00:00:00+23:59", "2000 to 2100"),
        ("'; drop table raw.forecast; --", "ISO 8601"),
    ],
)
def test_what_is_no_instant_is_refused_with_what_was_expected(text: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        SpanPage(start=text)


@given(st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001 - hypothesis wants naive
def test_every_instant_survives_its_cursor(naive: datetime) -> None:
    row = {"target_start_utc": naive.replace(tzinfo=UTC), "issued_at_utc": naive.replace(tzinfo=UTC), "model_name": "x"}
    assert read_cursor(FORECASTS, make_cursor(FORECASTS, row)) == tuple(row.values())


def test_a_cursor_of_days() -> None:
    assert read_cursor(CALENDAR, make_cursor(CALENDAR, {"date_paris": date(2024, 2, 29)})) == (date(2024, 2, 29),)


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "W10", "WyJsb2FkIl0", "WyJsb2FkIiwiYiJd", "bnVsbA", "MQ"])
def test_a_forged_cursor_is_refused_by_name(cursor: str) -> None:
    with pytest.raises(Problem) as caught:
        read_cursor(LOAD, cursor)
    assert caught.value.status == 422
    assert caught.value.errors[0].field == "cursor"


def test_a_cursor_of_another_list_is_refused() -> None:
    row = {"hour_start_utc": datetime(2024, 1, 1, tzinfo=UTC), "city": "paris"}
    with pytest.raises(Problem, match="cursor"):
        read_cursor(LOAD, make_cursor(WEATHER, row))


def test_values_go_beside_the_sql_and_never_into_it() -> None:
    query, values = page_query(FORECASTS, ForecastPage(model_name="drop_table", start="2024-01-01", limit=7))
    assert "drop" not in query.as_string()
    assert values == [datetime(2023, 12, 31, 23, tzinfo=UTC), "drop_table", 8]


def test_an_end_before_the_start_is_refused_by_name() -> None:
    with pytest.raises(Problem, match="end"):
        page_query(LOAD, SpanPage(start="2024-01-02", end="2024-01-01"))
    with pytest.raises(Problem, match="end"):
        page_query(CALENDAR, DayPage(start="2024-01-02", end="2024-01-01"))


def test_unknown_parameters_and_cities_are_refused() -> None:
    with pytest.raises(ValidationError, match="no_such"):
        SpanPage(no_such=1)  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="city"):
        WeatherPage(city="london")  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="limit"):
        SpanPage(limit=5001)


def test_every_dataset_reads_its_own_key() -> None:
    for dataset in DATASETS:
        assert set(dataset.key) | set(dataset.filters) <= set(dataset.columns), dataset.name
