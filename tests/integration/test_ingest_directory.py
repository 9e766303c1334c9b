"""A directory of exports into a real PostgreSQL."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from conso import database
from conso.errors import ConsoError, SourceError, UsageError
from conso.settings import PROJECT_ROOT
from conso.steps import StepContext
from ingest import directory as directory_module
from ingest import load
from ingest.contracts import PUBLISHED, QUARANTINE
from ingest.open_meteo import CITIES
from ingest.step import run
from tests.fakes import fake_exports as fake
from tests.tables import checksums

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

START = datetime(2024, 6, 1, 22, tzinfo=UTC)
DAYS = 4


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.fixture
def exports(tmp_path):
    """Four days, 2 to 5 June 2024 of Paris, in files whose names tell nothing (but for the weather's)."""
    folder = tmp_path / "exports"
    write(folder, "a/1.csv.gz", fake.daily(fake.half_hours(START, 48 * DAYS)))
    write(folder, "a/2.csv", fake.eco2mix([fake.eco2mix_line(START), fake.eco2mix_line(START + timedelta(minutes=15))]))
    write(folder, "3.csv", fake.entsoe_hours(START, 24 * DAYS))
    for city in CITIES:
        write(folder, f"meteo/weather_{city}.parquet", fake.weather(START, 24 * DAYS))
    write(folder, "4.csv", fake.school_calendar())
    write(folder, "5.csv", fake.prices(fake.day_prices(datetime(2024, 6, 2, tzinfo=fake.PARIS))))
    write(folder, "6.html", b"<html>market-results of EPEX SPOT without a table</html>")
    write(folder, "notes.md", b"read me")
    write(folder, "other.csv", b"x,y\n1,2\n")
    write(folder, ".hidden.csv", b"\0")
    return folder


@pytest.fixture
def loads(tmp_path):
    """The same days, load and ENTSO-E only."""
    folder = tmp_path / "loads"
    write(folder, "a/1.csv.gz", fake.daily(fake.half_hours(START, 48 * DAYS)))
    write(folder, "3.csv", fake.entsoe_hours(START, 24 * DAYS))
    return folder


def ingest(settings, folder):
    return run(StepContext(settings, str(folder)))


def rows(settings, sql):
    with database.connect(settings) as connection:
        return connection.execute(sql).fetchall()


def count(settings, table):
    return rows(settings, f"select count(*) from {table}")[0][0]  # noqa: S608 - names of this file


def test_every_format_is_recognised_and_loaded_and_a_second_run_changes_no_row(settings, exports):
    result = ingest(settings, exports)
    assert {table: figures["new"] for table, figures in result.figures["tables"].items()} == {
        "raw.odre_national_load": 48 * DAYS + 2,
        "raw.entsoe_total_load": 2 * 24 * DAYS,
        "raw.open_meteo_weather": 10 * 24 * DAYS,
        "raw.public_holidays": 11 * (datetime.now(UTC).year + 1 - 2011),
        "raw.school_holidays": 2,
        "raw.epex_day_ahead_price": 24,
    }
    assert result.changed
    assert result.figures["half_hours_per_year"] == {
        "consommation-quotidienne-brute": {"2024": 48 * DAYS},
        "eco2mix-national-tr": {"2024": 1},
    }
    assert result.figures["unrecognised"] == ["notes.md", "other.csv (csv with x, y)"]
    assert result.figures["quarantine"] == {"epex_day_ahead_price": {"UnknownDayError": 1}}
    assert any("computed from the law" in note for note in result.figures["notes"])
    assert len(result.summary) < 120
    assert rows(settings, "select distinct origin, is_synthetic from raw.odre_national_load") == [("directory", False)]
    assert database.world(settings) == "real"
    # Weather covers 5 June, the real-time load is known at noon of 4 June: tomorrow is 5 June.
    assert database.clock(settings).now_utc == datetime(2024, 6, 4, 10, tzinfo=UTC)
    assert database.clock(settings).basis == "data"
    assert result.figures["clock_utc"] == "2024-06-04T10:00:00+00:00"
    before = checksums(settings, with_arrival=True)
    again = ingest(settings, exports)
    assert not again.changed
    assert again.figures["tables"]["raw.odre_national_load"]["unchanged"] == 48 * DAYS + 2
    assert checksums(settings, with_arrival=True) == before
    with database.connect(settings) as connection:
        connection.execute("truncate ops.ingested_file")
    reread = ingest(settings, exports)
    assert not reread.changed
    assert checksums(settings, with_arrival=True) == before


def test_clock_without_weather_is_the_last_noon_before_the_newest_load(settings, loads):
    result = ingest(settings, loads)
    assert database.clock(settings).now_utc == datetime(2024, 6, 5, 10, tzinfo=UTC)
    assert "the last noon" in result.figures["clock_basis"]


def test_data_that_reach_to_now_leave_the_clock_running(settings, tmp_path):
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    write(tmp_path, "x.csv", fake.eco2mix([fake.eco2mix_line(now)]))
    assert ingest(settings, tmp_path).figures["clock_utc"] is None
    assert database.clock(settings).basis == "system"


def test_unchanged_files_are_not_parsed_again_and_changed_ones_are(settings, loads, monkeypatch):
    ingest(settings, loads)
    parsed = []
    real = directory_module.parse_file
    monkeypatch.setattr(directory_module, "parse_file", lambda file: parsed.append(file.ref) or real(file))
    ingest(settings, loads)
    assert parsed == []
    write(loads, "a/1.csv.gz", fake.daily(fake.half_hours(START, 48 * DAYS + 1)))
    result = ingest(settings, loads)
    assert parsed == ["a/1.csv.gz"]
    assert result.figures["new"] == 1


def test_emptied_table_is_filled_again_whatever_the_fingerprints_say(settings, loads):
    ingest(settings, loads)
    with database.connect(settings) as connection:
        connection.execute("truncate raw.entsoe_total_load")
    ingest(settings, loads)
    assert count(settings, "raw.entsoe_total_load") == 2 * 24 * DAYS


def test_revisions_of_a_file_are_versions(settings, loads):
    for load_mw in (50_000, 50_100, 50_000):
        write(loads, "a/1.csv.gz", fake.daily([fake.daily_line(START, load_mw)]))
        ingest(settings, loads)
    assert rows(
        settings,
        """select load_mw, known_at_basis from raw.odre_national_load
           where dataset = 'consommation-quotidienne-brute' order by known_at_utc""",
    ) == [(50_000, "rule"), (50_100, "retrieval"), (50_000, "retrieval")]


def test_refused_rows_keep_their_payload_and_are_not_doubled(settings, loads):
    lines = fake.half_hours(START, 4)
    lines.insert(1, fake.daily_line(START + timedelta(days=1), 7))
    write(loads, "a/1.csv.gz", fake.daily(lines))
    ingest(settings, loads)
    query = """select row_number, reason, expected, payload ->> 'Consommation brute électricité (MW) - RTE'
               from raw.quarantine where table_name = 'odre_national_load'"""
    assert rows(settings, query) == [(2, "out_of_range", "load_mw between 25000 and 105000", "7")]
    # A newer export has a newer row on top: the refused one stands further down and is still the same.
    write(loads, "a/1.csv.gz", fake.daily([fake.daily_line(START + timedelta(days=2), 50_000), *lines]))
    ingest(settings, loads)
    assert rows(settings, query) == [(2, "out_of_range", "load_mw between 25000 and 105000", "7")]


def test_corrupt_optional_file_does_not_stop_the_others(settings, loads):
    good = (loads / "3.csv").read_bytes()
    (loads / "3.csv").write_bytes(good.replace(b"Time (UTC)", b"Time (CET)"))
    truncated = gzip.compress(random.Random(1).randbytes(20_000))[:5000]  # noqa: S311 - no secret
    (loads / "broken.csv.gz").write_bytes(truncated)
    result = ingest(settings, loads)
    assert {problem["source"] for problem in result.figures["problems"]} == {"3.csv", "broken.csv.gz"}
    assert result.summary.endswith("; 2 PROBLEMS")
    assert [problem["source"] for problem in result.figures["problems"]] == ["broken.csv.gz", "3.csv"]
    assert count(settings, "raw.entsoe_total_load") == 0
    assert count(settings, "raw.odre_national_load") == 48 * DAYS
    (loads / "3.csv").write_bytes(good)
    (loads / "broken.csv.gz").unlink()
    assert ingest(settings, loads).figures["problems"] == []
    assert count(settings, "raw.entsoe_total_load") == 2 * 24 * DAYS


DAMAGES = {
    "cut off": (lambda data: data[: len(data) // 2], r"a/1\.csv\.gz: the gzip archive breaks off after line \d+"),
    "a column missing": (
        lambda data: gzip.compress(gzip.decompress(data).replace(b"Statut - RTE", b"Etat")),
        r"a/1\.csv\.gz: the header lacks 'statut_rte'; it has 'Date - Heure'",
    ),
    "zeros": (lambda data: b"\0" * len(data), r"a/1\.csv\.gz: neither text nor parquet"),
    "garbage at the end": (
        lambda data: gzip.compress(gzip.decompress(data) + b"\xff\n"),
        r"a/1\.csv\.gz, line 194: byte 0xff is not UTF-8",
    ),
}


def test_corrupt_load_fails_the_step_after_the_others_are_loaded(settings, loads):
    path = loads / "a/1.csv.gz"
    good = path.read_bytes()
    for damage, message in DAMAGES.values():
        path.write_bytes(damage(good))
        with pytest.raises(SourceError, match=message):
            ingest(settings, loads)
        assert count(settings, "raw.entsoe_total_load") == 2 * 24 * DAYS
        assert count(settings, "raw.odre_national_load") == 0
    path.write_bytes(good)
    assert ingest(settings, loads).figures["problems"] == []
    # Known as a file of the national load by now, whatever it holds.
    path.write_bytes(b"\0")
    with pytest.raises(SourceError, match="neither text nor parquet"):
        ingest(settings, loads)


def test_file_whose_rows_are_all_refused_is_a_problem_at_every_run(settings, loads):
    write(loads, "a/1.csv.gz", fake.daily(fake.half_hours(START, 10, load=50)))  # in GW
    for _ in range(2):
        with pytest.raises(SourceError, match="all of its 10 rows are refused"):
            ingest(settings, loads)
    assert count(settings, "raw.quarantine") == 10


def test_no_national_load_anywhere_is_a_failure(settings, loads):
    (loads / "a/1.csv.gz").unlink()
    with pytest.raises(SourceError, match="brought no national load"):
        ingest(settings, loads)


def test_unreadable_origins_change_nothing(settings, tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="does not exist"):
        ingest(settings, tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is no directory"):
        ingest(settings, tmp_path / "file")
    with pytest.raises(SourceError, match="It is empty"):
        ingest(settings, tmp_path / "empty")
    (tmp_path / "empty/x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match=r"x\.csv \(csv with a, b\)"):
        ingest(settings, tmp_path / "empty")
    with pytest.raises(UsageError, match="No source"):
        run(StepContext(settings, None))
    assert database.world(settings) is None


def test_all_tables_stand_with_their_keys_though_a_source_brings_nothing(settings, tmp_path):
    write(tmp_path, "x.csv", fake.daily(fake.half_hours(START, 2)))
    ingest(settings, tmp_path)
    keys = dict(
        rows(
            settings,
            """select conrelid::regclass::text, array_agg(attname::text order by array_position(conkey, attnum))
               from pg_constraint join pg_attribute on attrelid = conrelid and attnum = any(conkey)
               where contype = 'p' and connamespace = 'raw'::regnamespace group by 1""",
        )
    )
    for contract in (*PUBLISHED, QUARANTINE):
        assert tuple(keys[contract.name]) == contract.primary_key


def test_synthetic_warehouse_refuses_real_files(settings, loads):
    database.enter_world(settings, "demo", source="demo")
    with pytest.raises(ConsoError, match="may not be mixed"):
        ingest(settings, loads)


def test_load_is_whole_or_not_at_all(settings, loads):
    load.create_tables(settings)
    with database.connect(settings) as connection:
        # One row of many cannot be written: none of them may be.
        connection.execute("alter table raw.entsoe_total_load add constraint no_such_value check (value_mw <> 48050)")
    with pytest.raises(ConsoError, match=r"raw\.entsoe_total_load: the database did not take the new rows"):
        ingest(settings, loads)
    assert count(settings, "raw.entsoe_total_load") == 0
    assert count(settings, "raw.odre_national_load") == 48 * DAYS
    with database.connect(settings) as connection:
        connection.execute("alter table raw.entsoe_total_load drop constraint no_such_value")
    assert ingest(settings, loads).figures["tables"]["raw.entsoe_total_load"]["new"] == 2 * 24 * DAYS


REAL = PROJECT_ROOT.parent / "shared" / "data"


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.is_dir(), reason="the publishers' files do not lie beside the checkout")
def test_real_files(module_settings):
    figures = ingest(module_settings, REAL).figures
    tables = figures["tables"]
    assert {name: (t["new"], t["quarantined"], t["blank"], t["duplicates"]) for name, t in tables.items()} == {
        # 29 instants stand there twice: 19 of them with two values.
        "raw.odre_national_load": (227_906 + 2976 + 288, 38, 0, 10),
        "raw.entsoe_total_load": (70_232, 0, 40, 0),
        # 81 days without weather before 2021-03-23, in ten cities.
        "raw.open_meteo_weather": (331_200, 0, 19_440, 0),
        "raw.public_holidays": (11 * (datetime.now(UTC).year + 1 - 2011), 0, 0, 0),
        "raw.school_holidays": (2306, 0, 0, 0),
        # 24 pairs of days with the same prices, an October hour that stands there once, four pages that failed.
        "raw.epex_day_ahead_price": (109_346, 24 * 2 * 24 + 1 + 4, 0, 0),
    }
    years = figures["half_hours_per_year"]["consommation-quotidienne-brute"]
    assert sum(years.values()) == 227_906
    assert years["2024"] == 17_564
    assert figures["clock_utc"] == "2024-12-30T11:00:00+00:00"
    assert figures["problems"] == []
    assert not ingest(module_settings, REAL).changed


def test_dlt_leaves_no_packages_behind_and_notes_no_more_loads_than_it_keeps(settings, loads, monkeypatch):
    monkeypatch.setattr(load, "LOADS_KEPT", 2)
    for turn in range(4):
        write(loads, "a/1.csv.gz", fake.daily(fake.half_hours(START, 2, load=50_000 + 10 * turn)))
        assert ingest(settings, loads).figures["tables"]["raw.odre_national_load"]["new"] == 2
    noted = dict(rows(settings, "select schema_name, count(*) from raw._dlt_loads group by 1"))
    state = rows(settings, "select count(*) from raw._dlt_pipeline_state")[0][0]
    assert noted["conso_real_odre_national_load"] <= 3  # the last two, and the one that brought dlt's state
    assert state == 3  # one for each of the tables loaded, however often
    assert [*(settings.home_dir / "dlt").glob("*/load/loaded/*")] == []


def test_a_table_of_an_earlier_version_gets_the_columns_added_since_and_keeps_its_rows(settings, loads):
    ingest(settings, loads)
    with database.connect(settings) as connection:
        connection.execute("alter table raw.odre_national_load drop column battery_charging_mw")
        connection.execute("alter table raw.odre_national_load drop column exchange_spain_mw")
    write(loads, "a/2.csv", fake.eco2mix([fake.eco2mix_line(START)]))
    assert ingest(settings, loads).figures["tables"]["raw.odre_national_load"]["new"] == 1
    assert rows(
        settings,
        "select count(*), count(battery_charging_mw), count(exchange_england_mw) from raw.odre_national_load",
    ) == [(48 * DAYS + 1, 0, 0)]
