"""Great Expectations on raw: what passes, what is skipped, what warns, what stops the run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conso import checks, database
from conso.errors import CheckFailedError
from conso.steps import StepContext
from ingest.load import create_tables

pytestmark = pytest.mark.integration

FIRST = datetime(2024, 6, 1, tzinfo=UTC)
RETRIEVED = datetime(2024, 7, 1, tzinfo=UTC)


def put_load(connection, *, number: int, **changed: object):
    row = {
        "dataset": "eco2mix-national-tr",
        "status": "temps_reel",
        "interval_start_utc": FIRST + number * timedelta(minutes=30),
        "step_minutes": 30,
        "load_mw": 50_000,
        "known_at_utc": FIRST + number * timedelta(minutes=30) + timedelta(hours=1),
        "known_at_basis": "rule",
        "retrieved_at_utc": RETRIEVED,
        "origin": "directory",
        "is_synthetic": False,
        "source_ref": "load.csv",
        "row_hash": f"h{number}",
        **changed,
    }
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    connection.execute(f"insert into raw.odre_national_load ({names}) values ({marks})", list(row.values()))  # noqa: S608


@pytest.fixture
def raw(settings):
    """Raw tables with two days of load and nothing else."""
    create_tables(settings)
    database.enter_world(settings, "real", source="test")
    with database.connect(settings) as connection:
        for number in range(96):
            put_load(connection, number=number)
    return settings


def results(settings, run_id):
    with database.connect(settings) as connection:
        found = connection.execute(
            "select table_name, expectation, severity, success, observed from ops.check_result where run_id = %s",
            [run_id],
        ).fetchall()
    return {(table, name): (severity, success, observed) for table, name, severity, success, observed in found}


def test_good_load_passes_empty_optional_tables_warn_and_the_same_data_are_not_checked_twice(raw):
    first = checks.run(StepContext(raw))
    assert first.changed
    assert first.figures["warned"] == 5
    assert {warning["name"] for warning in first.figures["warnings"]} == {
        f"{table}.is_not_empty"
        for table in (
            "entsoe_total_load",
            "epex_day_ahead_price",
            "open_meteo_weather",
            "public_holidays",
            "school_holidays",
        )
    }
    stored = results(raw, first.figures["run_id"])
    assert len(stored) == first.figures["expectations"]
    assert stored["odre_national_load", "load_between_25_and_105_gw"][:2] == ("critical", True)

    second = checks.run(StepContext(raw))
    assert second.changed is False
    assert "same data as checked at" in second.summary
    assert second.figures == first.figures

    with database.connect(raw) as connection:
        put_load(connection, number=200)
    third = checks.run(StepContext(raw))
    assert third.changed
    gap = next(w for w in third.figures["warnings"] if w["name"] == "odre_national_load.no_gap_above_three_hours")
    assert "until_utc=2024-06-05 04:00:00+00:00" in gap["examples"][0]


def test_a_critical_breach_stops_the_run_with_table_expectation_rows_and_remedy(raw):
    with database.connect(raw) as connection:
        put_load(connection, number=96, load_mw=120_000)
        put_load(connection, number=97, is_synthetic=True)
        put_load(connection, number=98, known_at_utc=RETRIEVED + timedelta(hours=1))
    with pytest.raises(CheckFailedError) as caught:
        checks.run(StepContext(raw))
    cause = caught.value.cause
    assert "raw.odre_national_load: load_between_25_and_105_gw" in cause
    assert "unexpected 1" in cause
    assert "interval_start_utc=2024-06-03 00:00:00+00:00" in cause
    assert "source_ref=load.csv" in cause
    assert "load_mw=120000.0" in cause
    assert "known_before_retrieved" in cause
    assert "synthetic_and_real_do_not_mix" in cause
    assert "ingest again" in caught.value.remedy

    with pytest.raises(CheckFailedError):  # a failure is never taken for "same data as checked"
        checks.run(StepContext(raw))
    with database.connect(raw) as connection:
        (failed,) = connection.execute(
            "select count(*) from ops.check_result where not success and severity = 'critical'"
        ).fetchone()
        assert failed == 6
        connection.execute("delete from raw.odre_national_load where row_hash in ('h96', 'h97', 'h98')")
    assert checks.run(StepContext(raw)).changed


def test_a_column_that_is_gone_is_a_breach_with_the_reason(raw):
    with database.connect(raw) as connection:
        connection.execute("alter table raw.odre_national_load drop column forecast_d1_mw")
    with pytest.raises(CheckFailedError, match="columns_are_those_of_the_contract") as caught:
        checks.run(StepContext(raw))
    assert "forecast_d1_mw" in caught.value.cause


def test_no_load_at_all_stops_the_run(settings):
    with pytest.raises(CheckFailedError, match=r"raw\.odre_national_load: is_not_empty") as caught:
        checks.run(StepContext(settings))
    assert "conso ingest" in caught.value.remedy
