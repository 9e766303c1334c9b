"""What a user sees when something is wrong: a clear message, an exit code, no traceback, and a next run that works."""

from __future__ import annotations

import pytest

from tests.e2e.commands import conso

pytestmark = [pytest.mark.e2e, pytest.mark.fault]


def assert_clear(done, *, says, exit_code=1):
    assert done.returncode == exit_code, done.stderr
    assert "Traceback" not in done.stderr
    assert "What to do:" in done.stderr
    for words in says:
        assert words in done.stderr


def test_help_shows_examples(tmp_path):
    done = conso(tmp_path, "--help")
    assert done.returncode == 0
    assert "conso up --source demo" in done.stdout
    for command in ("up", "ingest", "check", "transform", "train", "forecast", "report", "serve", "status"):
        assert "Example" in conso(tmp_path, command, "--help").stdout


def test_help_imports_nothing_heavy(tmp_path):
    import subprocess
    import sys

    probe = (
        "import sys; from conso.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'dlt', 'dbt', 'mlflow', 'pandas', 'sklearn', 'great_expectations', 'scrapy', 'bentoml', 'pyarrow'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


def test_directory_that_does_not_exist(tmp_path):
    assert_clear(conso(tmp_path / "home", "up", "--source", "/no/such/place"), says=["/no/such/place"], exit_code=2)
    assert not (tmp_path / "home").exists()


def test_no_source_given_and_none_used_before(tmp_path):
    assert_clear(conso(tmp_path / "home", "up"), says=["--source demo"], exit_code=2)


def test_home_without_rights(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    assert_clear(conso(tmp_path / "file" / "home", "up", "--source", "demo"), says=["CONSO_HOME", "cannot be written"])


def test_database_url_to_nowhere(tmp_path):
    done = conso(tmp_path, "up", "--source", "demo", CONSO_DATABASE_URL="postgresql://me:hunter2@127.0.0.1:9/none")
    assert_clear(done, says=["db start", "127.0.0.1:9", "CONSO_DATABASE_URL"])
    assert "hunter2" not in done.stderr


def test_database_url_that_is_none(tmp_path):
    assert_clear(conso(tmp_path, "status", CONSO_DATABASE_URL="what is this"), says=["CONSO_DATABASE_URL"])


def test_bad_setting(tmp_path):
    assert_clear(conso(tmp_path, "status", CONSO_SERVE_PORT="many"), says=["CONSO_SERVE_PORT"], exit_code=2)


def test_debug_shows_the_traceback(tmp_path):
    done = conso(tmp_path, "status", "--debug", CONSO_SERVE_PORT="many")
    assert "Traceback" in done.stderr


def test_status_before_anything_was_loaded(tmp_path):
    assert_clear(conso(tmp_path, "status"), says=["conso up"])
