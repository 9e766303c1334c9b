"""The demo, made by the command a newcomer runs, with no network but loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conso import database
from conso.settings import PROJECT_ROOT
from tests.e2e.commands import conso, environment
from tests.tables import checksums

pytestmark = pytest.mark.e2e


def one(demo, query):
    with database.connect(demo.settings, read_only=True) as connection:
        return connection.execute(query).fetchone()


def test_every_step_did_something(demo):
    assert list(demo.figures) == ["db start", "ingest", "check", "transform", "train", "forecast", "report"]
    assert all(step["changed"] for step in demo.figures.values())


def test_everything_says_synthetic(demo):
    for table in ("raw.odre_national_load", "raw.forecast", "marts.fct_national_hourly", "marts.fct_forecast"):
        assert one(demo, f"select bool_and(is_synthetic), count(*) > 0 from {table}") == (True, True)  # noqa: S608 - names of this list
    assert "synthétiques" in (demo.settings.site_dir / "index.html").read_text()


def test_tomorrow_is_forecast_for_every_hour_of_the_day(demo):
    rows = one(
        demo,
        """select count(*), count(distinct issued_at_utc), min(target_start_utc), bool_and(p10_mw < p90_mw)
           from raw.forecast where model_name = 'ours'""",
    )
    assert rows == (24, 1, datetime(2026, 4, 14, 22, tzinfo=UTC), True)


def test_days_of_23_24_and_25_hours(demo):
    rows = one(
        demo,
        """select array_agg(distinct n), bool_and(n = day_hours) from (
             select date_paris, count(*) as n, max(day_hours) as day_hours from marts.fct_national_hourly
             where date_paris between '2023-04-02' and '2026-04-13' group by 1) days""",
    )
    assert rows == ([23, 24, 25], True)


def test_model_was_judged_on_days_it_had_not_seen(demo):
    issued = one(
        demo,
        """select bool_and(issued_at_utc < target_start_utc), count(distinct model_name) >= 3
           from marts.fct_backtest""",
    )
    assert issued == (True, True)


def test_running_it_again_changes_nothing(demo):
    before = checksums(demo.settings, with_arrival=True)
    done = conso(demo.home, "up", "--source", "demo", "--json")
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert [name for name, step in again.items() if step["changed"]] == []
    assert checksums(demo.settings, with_arrival=True) == before


def test_status_tells_what_is_there(demo):
    done = conso(demo.home, "status", "--json")
    told = json.loads(done.stdout)
    assert told["is_synthetic"] is True
    assert told["champion"]["version"]
    assert told["last_run"]["status"] == "succeeded"
    assert {row["source"] for row in told["sources"]}
    assert "synthetic" in conso(demo.home, "status").stdout


@pytest.mark.parametrize("command", [["build"], ["test"], ["docs", "generate"]])
def test_dbt_works_from_its_own_folder(demo, command, tmp_path):
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), *command, "--target-path", str(tmp_path / "target")],
        cwd=PROJECT_ROOT / "warehouse",
        env=environment(demo.home, DBT_LOG_PATH=str(tmp_path / "logs")),
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_real_and_synthetic_data_do_not_mix_on_a_server_of_others(demo, tmp_path):
    (tmp_path / "files").mkdir()
    done = conso(
        tmp_path / "home",
        "ingest",
        "--source",
        str(tmp_path / "files"),
        CONSO_DATABASE_URL=database.url(demo.settings),
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert one(demo, "select world from ops.warehouse") == ("demo",)


def test_state_stays_in_its_directory(demo):
    untracked = subprocess.run(
        ["git", "status", "--porcelain", "--ignored", "--", "ingest", "ml", "reports", "serving", "conso"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    assert [line for line in untracked if line.startswith("!!") and "__pycache__" not in line] == []
    assert (demo.home / "mlflow").is_dir()
