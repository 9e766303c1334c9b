"""The dbt project on a real PostgreSQL: a few days of raw rows to marts, through the step and through the shell."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from conso import database, dbt_build, dictionary, transform
from conso.errors import ConsoError
from conso.settings import PROJECT_ROOT
from conso.steps import StepContext
from ingest.load import create_tables

pytestmark = pytest.mark.integration

PARIS = ZoneInfo("Europe/Paris")
RETRIEVED = datetime(2025, 7, 1, tzinfo=UTC)
CLOCK = datetime(2024, 10, 28, 11, tzinfo=UTC)
HALF_HOUR, QUARTER, HOUR = timedelta(minutes=30), timedelta(minutes=15), timedelta(hours=1)


def paris(year, month, day):
    return datetime(year, month, day, tzinfo=PARIS).astimezone(UTC)


def instants(first, last, step):
    while first < last:
        yield first
        first += step


def put(connection, table, rows, known_at=None):
    """Insert rows (dicts of business columns); stamps have defaults."""
    for number, row in enumerate(rows):
        full = {
            "known_at_utc": known_at,
            "known_at_basis": "rule",
            "retrieved_at_utc": RETRIEVED,
            "origin": "directory",
            "is_synthetic": False,
            "source_ref": f"{table}.csv",
            "row_hash": f"{table}{number}",
            **row,
        }
        names, marks = ", ".join(full), ", ".join(["%s"] * len(full))
        connection.execute(f"insert into raw.{table} ({names}) values ({marks})", list(full.values()))  # noqa: S608


def load_rows(status, first, last, *, base, step=HALF_HOUR, known_at=None):
    dataset = "eco2mix-national-tr" if status == "temps_reel" else "eco2mix-national-cons-def"
    for number, instant in enumerate(instants(first, last, step)):
        yield {
            "dataset": dataset,
            "status": status,
            "interval_start_utc": instant,
            "step_minutes": step // timedelta(minutes=1),
            "load_mw": base + 10 * number,
            "known_at_utc": known_at or instant + step + HALF_HOUR,
        }


MARCH = (paris(2024, 3, 30), paris(2024, 4, 2))
OCTOBER = (paris(2024, 10, 26), paris(2024, 10, 29))


def fill(connection):
    """Two weekends of clock changes: load in all three statuses, ENTSO-E, two cities' weather, holidays; no prices."""
    later = datetime(2025, 6, 1, tzinfo=UTC)
    put(connection, "odre_national_load", load_rows("definitive", *MARCH, base=50_000, known_at=later))
    put(connection, "odre_national_load", load_rows("consolidee", *OCTOBER, base=51_000, known_at=paris(2024, 11, 15)))
    put(connection, "odre_national_load", load_rows("temps_reel", *OCTOBER, base=49_000, step=QUARTER))
    sunday = (paris(2024, 10, 27), paris(2024, 10, 28))
    put(connection, "odre_national_load", load_rows("definitive", *sunday, base=52_000, known_at=later))
    put(connection, "odre_national_load", load_rows("definitive", *sunday, base=52_500, known_at=later + HOUR))
    for quantity, base in (("actual", 48_000), ("day_ahead_forecast", 48_500)):
        rows = (
            {
                "quantity": quantity,
                "interval_start_utc": i,
                "step_minutes": 60,
                "value_mw": base,
                "known_at_utc": i + 2 * HOUR,
            }
            for i in instants(*sunday, HOUR)
        )
        put(connection, "entsoe_total_load", rows)
    for city, temperature in (("paris", 12.1), ("brest", 14.3)):
        rows = (
            {"city": city, "weather_kind": "archived_forecast", "valid_at_utc": i, "temperature_2m_c": temperature}
            for i in instants(*sunday, HOUR)
        )
        put(connection, "open_meteo_weather", rows, paris(2024, 10, 26) - 16 * HOUR)
    put(
        connection,
        "public_holidays",
        [{"zone": "Métropole", "date_paris": "2024-04-01", "name": "Lundi de Pâques", "basis": "law"}],
        datetime(2023, 9, 1, tzinfo=UTC),
    )


def checksums(settings):
    with database.connect(settings, read_only=True) as connection:
        names = connection.execute(
            """select nspname || '.' || relname from pg_class join pg_namespace n on n.oid = relnamespace
               where nspname in ('staging', 'intermediate', 'marts') and relkind in ('r', 'v')
                 -- what a build knows of the one before it
                 and relname not like 'int_changes__%' and relname <> 'stg_conso__transform_seen' order by 1"""
        ).fetchall()
        return {
            name: connection.execute(
                f"select count(*), md5(string_agg(md5(x::text), '' order by md5(x::text))) from {name} as x"  # noqa: S608
            ).fetchone()
            for (name,) in names
        }


@pytest.fixture(scope="module")
def built(module_settings):
    """A warehouse with the rows above, built once."""
    create_tables(module_settings)
    database.enter_world(module_settings, "real", source="test")
    database.set_clock(module_settings, CLOCK)
    with database.connect(module_settings) as connection:
        fill(connection)
    result = transform.run(StepContext(module_settings))
    assert result.changed
    assert result.figures["tests"]["passed"] > 50
    return module_settings


def one(settings, query):
    with database.connect(settings, read_only=True) as connection:
        return connection.execute(query).fetchone()


def rows(settings, query):
    with database.connect(settings, read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_nothing_ingested_is_said(settings):
    with pytest.raises(ConsoError, match="Nothing was ever ingested") as caught:
        transform.run(StepContext(settings))
    assert "conso ingest" in caught.value.remedy


def test_days_have_23_24_and_25_hours_in_the_calendar_and_in_the_fused_mart(built):
    hours = rows(
        built,
        """select date_paris::text, count(*), min(day_hours) from marts.fct_national_hourly
           where date_paris in ('2024-03-30', '2024-03-31', '2024-10-27') group by 1 order by 1""",
    )
    assert hours == [("2024-03-30", 24, 24), ("2024-03-31", 23, 23), ("2024-10-27", 25, 25)]
    repeated = rows(built, "select hour_start_utc, hour_paris from marts.fct_national_hourly where is_repeated_hour")
    assert repeated == [(datetime(2024, 10, 27, 1, tzinfo=UTC), 2)]


def test_definitive_goes_before_consolidated_before_real_time_and_the_newest_version_counts(built):
    found = rows(
        built,
        """select date_paris::text, status, min(load_mw), min(revisions), min(load_realtime_mw)
           from marts.fct_load_half_hourly where date_paris >= '2024-10-26' group by 1, 2 order by 1""",
    )
    assert found == [
        ("2024-10-26", "consolidee", 51_000, 2, 49_005),
        ("2024-10-27", "definitive", 52_500, 4, 49_965),
        ("2024-10-28", "consolidee", 51_980, 2, 50_965),
    ]


def test_no_energy_is_counted_twice(built):
    half_hourly = one(built, "select sum(load_mw) / 2 from marts.fct_load_half_hourly")
    hourly = one(built, "select sum(energy_mwh) from marts.fct_national_hourly")
    assert half_hourly == hourly
    day = one(built, "select sum(energy_mwh) from marts.fct_national_hourly where date_paris = '2024-10-27'")
    assert day == (sum(52_500 + 10 * number for number in range(50)) / 2,)


def test_sources_that_are_missing_leave_hours_with_nulls(built):
    sunday = one(
        built,
        """select count(*), count(price_eur_per_mwh), count(is_school_holiday_zone_a), count(temperature_c),
             count(load_realtime_mw), min(weather_cities)
           from marts.fct_national_hourly where date_paris = '2024-10-27'""",
    )
    assert sunday == (25, 0, 0, 25, 25, 2)
    summer = one(
        built,
        """select count(*), count(load_mw), sum(load_steps), bool_or(is_synthetic) from marts.fct_national_hourly
           where date_paris between '2024-04-02' and '2024-10-25'""",
    )
    assert summer == (24 * 207, 0, 0, False)


def test_real_time_level_comes_from_entsoe_and_else_from_eco2mix(built):
    levels = rows(
        built,
        """select date_paris::text, min(load_realtime_mw), min(forecast_rte_d1_mw) from marts.fct_national_hourly
           where date_paris between '2024-10-26' and '2024-10-28' group by 1 order by 1""",
    )
    assert levels == [("2024-10-26", 49_015, None), ("2024-10-27", 48_000, 48_500), ("2024-10-28", 50_975, None)]


def test_the_mean_of_two_cities_is_weighted_by_the_people_they_stand_for(built):
    (mean,) = one(built, "select distinct temperature_c from marts.fct_national_hourly where weather_cities > 0")
    assert mean == pytest.approx((12.1 * 14_890 + 14.3 * 3_395) / (14_890 + 3_395))


def test_bridges_and_holidays(built):
    days = rows(
        built,
        """select date_paris::text, is_public_holiday, public_holiday_name, is_bridge_day from marts.dim_calendar_day
           where date_paris between '2024-03-31' and '2024-04-02' or date_paris in ('2012-01-01', '2025-12-31')
           order by 1""",
    )
    assert days == [
        ("2012-01-01", None, None, None),
        ("2024-03-31", False, None, False),
        ("2024-04-01", True, "Lundi de Pâques", False),
        ("2024-04-02", False, None, False),
        ("2025-12-31", None, None, None),
    ]


def test_schemas_are_exactly_the_layers_and_keys_are_real(built):
    schemas = rows(
        built, "select distinct schemaname from pg_tables where schemaname !~ '^(pg_|information)' order by 1"
    )
    assert [name for (name,) in schemas] == ["intermediate", "marts", "ops", "raw"]
    keys = rows(
        built,
        """select conrelid::regclass::text from pg_constraint
           where contype = 'p' and connamespace = 'marts'::regnamespace order by 1""",
    )
    tables = rows(built, "select 'marts.' || tablename from pg_tables where schemaname = 'marts' order by 1")
    assert keys == tables


def test_the_columns_that_are_described_are_the_columns_that_are_there(built):
    project = dictionary.manifest()
    described = {
        (node.schema, node.name): list(node.columns)
        for layer in dictionary.LAYERS
        for node in dictionary.models(project, layer)
    }
    there: dict[tuple[str, str], list[str]] = {}
    found = rows(
        built,
        """select table_schema, table_name, column_name from information_schema.columns
           where table_schema in ('staging', 'intermediate', 'marts') order by ordinal_position""",
    )
    for schema, table, column in found:
        there.setdefault((schema, table), []).append(column)
    assert {name for name in described if sorted(described[name]) != sorted(there[name])} == set()


def test_freshness_is_judged_on_the_last_measure_by_the_warehouses_own_clock(built):
    freshness = rows(built, "select source, last_measure_at_utc, age_hours, is_late from marts.mart_source_freshness")
    found = {source: values for source, *values in freshness}
    assert found["odre_national_load"] == [datetime(2024, 10, 28, 22, 45, tzinfo=UTC), -11.75, False]
    assert found["entsoe_total_load"] == [datetime(2024, 10, 27, 22, tzinfo=UTC), 13.0, True]
    assert found["epex_day_ahead_price"] == [None, None, True]


def test_a_second_run_does_nothing(built):
    before = checksums(built)
    result = transform.run(StepContext(built))
    assert result.changed is False
    assert result.figures["fused_rows"] == before["marts.fct_national_hourly"][0]
    assert checksums(built) == before


def test_interrupted_and_built_again_in_another_time_zone_gives_the_same_bytes(built):
    before = checksums(built)
    with database.connect(built, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"alter database \"{name}\" set timezone = 'Asia/Kolkata'")
        connection.execute("update ops.transform_state set project = 'another'")

    def interrupt_once(description, done=None, total=None):
        if done == 20:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        transform.run(StepContext(built, progress=interrupt_once))
    assert one(built, "select count(*) from ops.transform_state") == (0,)
    assert transform.run(StepContext(built)).changed
    with database.connect(built, autocommit=True) as connection:
        connection.execute(f'alter database "{name}" reset timezone')
    assert checksums(built) == before


def test_only_what_flows_from_forecasts_is_refreshed(built):
    before = one(built, "select xmin from pg_class where oid = 'marts.fct_national_hourly'::regclass")
    with database.connect(built) as connection:
        connection.execute(
            """insert into raw.forecast values ('2024-10-27T10:00Z', '2024-10-26T10:00Z', 'ours', '1',
                 47000, 48600, 50000, null, false, '2024-10-26T10:00Z')"""
        )
    result = transform.refresh_forecasts(StepContext(built))
    assert result.changed
    assert result.figures["models"] < 10
    assert rows(built, "select horizon_hours, observed_mw, error_mw, error_rte_d1_mw from marts.fct_forecast") == [
        (24, 48_000, 600, 500)
    ]
    assert one(built, "select xmin from pg_class where oid = 'marts.fct_national_hourly'::regclass") == before
    assert transform.refresh_forecasts(StepContext(built)).changed is False
    assert transform.run(StepContext(built)).changed is False


def test_the_load_as_it_was_known_at_an_instant(built):
    from dbt.cli.main import dbtRunner

    with dbt_build._environment(built):
        done = dbtRunner().invoke(["compile", "--quiet", "--select", "load_as_of", *dbt_build._options(built)])
    (compiled,) = [result.node.compiled_code for result in done.result.results]
    written = "timestamptz '2024-06-01 12:00+00'"  # the analysis' default
    assert written in compiled

    def as_of(known_by):
        query = compiled.replace(written, f"timestamptz '{known_by}'")
        first_of_sunday = "half_hour_start_utc = '2024-10-26T22:00Z'"
        return one(built, f"select status, load_mw from ({query}) as loads where {first_of_sunday}")  # noqa: S608

    assert as_of("2024-10-26 22:59+00") is None  # one quarter of it is known
    assert as_of("2024-10-26 23:00+00") == ("temps_reel", 49_965)
    assert as_of("2024-11-20 00:00+00") == ("consolidee", 51_480)
    assert as_of("2025-06-01 00:30+00") == ("definitive", 52_000)
    assert as_of("2025-06-01 01:00+00") == ("definitive", 52_500)


def dbt_in_the_shell(folder, *command: str, **environment: str):
    """Run dbt in ``warehouse/`` as a user would, but with its own files elsewhere."""
    folders = {"DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs")}
    return subprocess.run(
        [Path(sys.executable).with_name("dbt"), *command],
        cwd=PROJECT_ROOT / "warehouse",
        env={**os.environ, **folders, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_dbt_runs_its_unit_tests_from_the_shell_with_the_address_in_the_environment(built, tmp_path):
    done = dbt_in_the_shell(tmp_path, "test", "--select", "test_type:unit", CONSO_DATABASE_URL=database.url(built))
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"PASS=(1[5-9]|[2-9]\d) WARN=0 ERROR=0", done.stdout), done.stdout[-300:]


def test_dbt_finds_the_embedded_server_by_its_home_alone(request, built, tmp_path):
    home = request.getfixturevalue("_embedded_home")
    if home is None:
        pytest.skip("these tests run on a server of somebody else's")
    done = dbt_in_the_shell(tmp_path, "debug", CONSO_HOME=str(home))
    assert done.returncode == 0, done.stdout[-3000:]
    assert "OK connection ok" in done.stdout


def test_a_leaked_quarantined_row_is_caught_and_the_rows_are_shown(built):
    refused = {
        "dataset": "eco2mix-national-cons-def",
        "status": "definitive",
        "interval_start_utc": paris(2024, 3, 31),
        "step_minutes": 30,
        "load_mw": 46_619,
        "known_at_utc": RETRIEVED - HOUR,
    }
    with database.connect(built) as connection:
        put(connection, "odre_national_load", [refused])
        connection.execute(
            """insert into raw.quarantine
                 (table_name, source_ref, row_number, reason, expected, payload, row_hash, detected_at_utc)
               values ('odre_national_load', 'odre_national_load.csv', 7, 'conflicting_duplicate', 'one row',
                 '{"Date - Heure": "2024-03-31T00:00:00+01:00", "Consommation (MW)": "46619"}', 'h', %s)""",
            [RETRIEVED],
        )
    fused = one(built, "select count(*), sum(load_mw) from marts.fct_national_hourly")
    with pytest.raises(ConsoError) as caught:
        transform.run(StepContext(built))
    assert "quarantined_values_do_not_leak" in caught.value.cause
    assert "load_mw=46619" in caught.value.cause
    assert "row_number=7" in caught.value.cause
    assert "conso transform" in caught.value.remedy
    assert one(built, "select count(*), sum(load_mw) from marts.fct_national_hourly") == fused
