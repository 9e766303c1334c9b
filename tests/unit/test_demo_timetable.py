"""What each publisher may show at a clock, and the query language of its interface."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from ingest.demo import odsql
from ingest.demo.answers import BadRequestError
from ingest.demo.clock import DEMO_CLOCK_UTC, Timetable, paris_midnight_utc

pytestmark = pytest.mark.unit


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_at_the_demo_s_clock():
    now = Timetable()
    assert DEMO_CLOCK_UTC.isoformat() == "2026-04-14T10:00:00+00:00"
    assert now.real_time_end_utc == at("2026-04-14T09:30")
    assert now.entsoe_actual_end_utc == at("2026-04-14T09:00")
    assert now.day_ahead_forecast_end_utc == at("2026-04-15T22:00")  # RTE's forecast of tomorrow came at 10:00
    assert now.last_price_day == date(2026, 4, 14)  # tomorrow's prices come at 13:00
    assert now.last_weather_day == date(2026, 4, 17)
    assert now.consolidated_end == date(2026, 3, 1)  # March is consolidated on 15 April
    assert now.definitive_end == date(2025, 1, 1)  # 2025 is definitive on 1 June 2026
    assert now.real_time_start == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("clock", "name", "value"),
    [
        ("2026-04-14T10:59", "last_price_day", date(2026, 4, 14)),
        ("2026-04-14T11:00", "last_price_day", date(2026, 4, 15)),
        ("2026-04-14T07:59", "day_ahead_forecast_end_utc", at("2026-04-14T22:00")),
        ("2026-04-14T08:00", "day_ahead_forecast_end_utc", at("2026-04-15T22:00")),
        ("2026-04-14T23:59", "consolidated_end", date(2026, 3, 1)),
        ("2026-04-15T00:00", "consolidated_end", date(2026, 4, 1)),
        ("2026-05-31T23:59", "definitive_end", date(2025, 1, 1)),
        ("2026-06-01T00:00", "definitive_end", date(2026, 1, 1)),
        ("2026-01-20T12:00", "consolidated_end", date(2026, 1, 1)),
        ("2026-01-10T12:00", "consolidated_end", date(2025, 12, 1)),
        ("2026-01-10T12:00", "real_time_start", date(2025, 11, 1)),
        ("2026-04-14T09:59", "real_time_end_utc", at("2026-04-14T09:15")),
    ],
)
def test_figures_become_known_to_the_minute(clock, name, value):
    assert getattr(Timetable(at(clock)), name) == value


def test_paris_midnights():
    assert paris_midnight_utc(date(2026, 3, 29)) == at("2026-03-28T23:00")
    assert paris_midnight_utc(date(2026, 3, 30)) == at("2026-03-29T22:00")
    assert paris_midnight_utc(date(2025, 10, 27)) == at("2025-10-26T23:00")


# -- the query language ---------------------------------------------------------------------------------------------


@pytest.fixture
def table():
    instants = [at(f"2026-01-0{d}T00:00") for d in range(1, 6)]
    return pa.table(
        {
            "date_heure": pa.array(instants, pa.timestamp("s", "UTC")),
            "date": [f"2026-01-0{d}" for d in range(1, 6)],
            "nature": ["a", "a", "b", "b", "c"],
            "consommation": pa.array([10, 20, None, 40, 50], pa.int64()),
        }
    )


@pytest.mark.parametrize(
    ("where", "days"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("date_heure >= date'2026-01-03T00:00:00Z'", [3, 4, 5]),
        ('date_heure>"2026-01-02T23:59:00+00:00" AND date_heure < "2026-01-05"', [3, 4]),
        ("date_heure >= date'2026/01/04'", [4, 5]),
        ("date = date'2026-01-02'", [2]),
        ("date='2026-01-02' or nature = 'c'", [2, 5]),
        ("consommation is null", [3]),
        ("consommation IS NOT NULL and not nature = 'a'", [4, 5]),
        ("consommation > 15 and consommation <= 40", [2, 4]),
        ("consommation != 20", [1, 4, 5]),
        ("nature in ('a', 'c')", [1, 2, 5]),
        ("date_heure in [date'2026-01-02' .. date'2026-01-04']", [2, 3, 4]),
        ("date_heure in ]date'2026-01-02' .. date'2026-01-04'[", [3]),
        ("(nature = 'a' or nature = 'b') and consommation >= 20", [2, 4]),
    ],
)
def test_where(table, where, days):
    found = odsql.filter_rows(table, where)
    assert [int(text[-2:]) for text in found.column("date").to_pylist()] == days


@pytest.mark.parametrize(
    "where",
    [
        "nonsense > 3",
        "consommation >",
        "consommation > 'three'",
        "date_heure > 3",
        "date_heure > date'yesterday'",
        "consommation > 3 nature",
        "(consommation > 3",
        "consommation ~ 3",
        "3 > consommation",
        "nature in 'a'",
    ],
)
def test_a_query_that_makes_no_sense_is_refused_as_the_interface_does(table, where):
    with pytest.raises(BadRequestError) as caught:
        odsql.filter_rows(table, where)
    assert b"ODSQLError" in caught.value.answer.body
    assert caught.value.answer.status == 400


def test_order_and_select(table):
    ordered = odsql.order_rows(table, "nature desc, date_heure")
    assert [text[-2:] for text in ordered.column("date").to_pylist()] == ["05", "03", "04", "01", "02"]
    assert odsql.select_columns(table, "nature, date_heure").column_names == ["nature", "date_heure"]
    assert odsql.select_columns(table, "*").column_names == table.column_names
    for call in (lambda: odsql.order_rows(table, "x"), lambda: odsql.order_rows(table, "date upwards")):
        with pytest.raises(BadRequestError):
            call()
    with pytest.raises(BadRequestError):
        odsql.select_columns(table, "date, x")
