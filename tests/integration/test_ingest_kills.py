"""kill -9 of the ingesting process at moments spread over a whole run, then the same run again."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from conso import database
from conso.settings import PROJECT_ROOT, Settings
from tests.fakes import fake_exports as fake
from tests.tables import checksums

pytestmark = [pytest.mark.integration, pytest.mark.crash]

START = datetime(2024, 6, 1, 22, tzinfo=UTC)
DLT_EXTRACT, DLT_NORMALIZE, DLT_LOAD = (
    "dlt.extract.extract:Extract",
    "dlt.normalize.normalize:Normalize",
    "dlt.load.load:Load",
)
COPY = "dlt.destinations._adbc_jobs:AdbcParquetCopyJob.run"
COMMIT_OF_COPY = "adbc_driver_manager.dbapi:Connection.commit"
COMMIT_OF_STATE = "dlt.destinations.job_client_impl:SqlJobClientBase.complete_load"
CLOSE_PACKAGE = "dlt.common.storages.load_storage:LoadStorage.complete_load_package"

# The first table is the national load, the second the public holidays; nth counts the calls.
POINTS = [
    # before anything is read
    ("conso.database:enter_world", 1, "after"),
    ("ingest.load:create_tables", 1, "after"),
    # reading and comparing
    ("ingest.directory:parse_file", 1, "after"),
    ("ingest.load:present_versions", 1, "after"),
    # extract
    (f"{DLT_EXTRACT}.extract", 1, "before"),
    (f"{DLT_EXTRACT}.extract", 1, "after"),
    (f"{DLT_EXTRACT}.commit_packages", 1, "after"),
    # normalise
    (f"{DLT_NORMALIZE}.spool_files", 1, "after"),
    (f"{DLT_NORMALIZE}.run", 1, "after"),
    # load
    (f"{DLT_LOAD}.initialize_package", 1, "after"),
    (COPY, 1, "before"),
    (COMMIT_OF_COPY, 1, "before"),
    (COMMIT_OF_COPY, 1, "after"),
    (COPY, 1, "after"),
    # commit of the state
    (COMMIT_OF_STATE, 1, "before"),
    (COMMIT_OF_STATE, 1, "after"),
    (CLOSE_PACKAGE, 1, "before"),
    (CLOSE_PACKAGE, 1, "after"),
    # quarantine and what is remembered of the file
    ("ingest.load:quarantine", 1, "before"),
    ("ingest.load:quarantine", 1, "after"),
    ("ingest.fingerprints:record", 1, "before"),
    ("ingest.fingerprints:record", 1, "after"),
    # the second table, and the end
    (COMMIT_OF_COPY, 2, "before"),
    (COMMIT_OF_COPY, 2, "after"),
    (CLOSE_PACKAGE, 2, "after"),
    ("conso.database:set_clock", 1, "before"),
]


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """One file of national load: a day, a row outside the range and two that contradict each other."""
    folder = tmp_path_factory.mktemp("exports")
    later = datetime(2024, 6, 4, tzinfo=UTC)
    lines = [
        *fake.half_hours(START, 48),
        fake.daily_line(START.replace(year=2023), 900_000),
        fake.daily_line(later, 50_000),
        fake.daily_line(later, 51_000),
    ]
    (folder / "load.csv").write_bytes(fake.daily(lines))
    return folder


@pytest.fixture(scope="module")
def killer(module_settings, exports, tmp_path_factory):
    """Ingests the exports in a process of its own, dying at a point; gives the signal that it died from."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.killed_ingest"],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ingest(settings: Settings, point=None):
        order = {"home": str(settings.home_dir), "database_url": database.url(settings), "source": str(exports)}
        process.stdin.write(json.dumps({**order, "point": point}) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield ingest
    process.stdin.close()
    process.wait(timeout=10)


def emptied(settings: Settings) -> Settings:
    """The same database and home as if nothing had ever run."""
    with database.connect(settings) as connection:
        connection.execute("drop schema if exists raw cascade")
        connection.execute("drop schema if exists ops cascade")
    shutil.rmtree(settings.home_dir, ignore_errors=True)
    database.start(settings)
    return settings


@pytest.fixture(scope="module")
def uninterrupted(module_settings, killer):
    """Checksums of a run that nobody kills."""
    assert killer(emptied(module_settings)) == {"signal": 0, "code": 0}
    found = checksums(module_settings)
    assert found["raw.odre_national_load"][0] == 48
    assert found["raw.quarantine"][0] == 3
    assert found["raw.public_holidays"][0] > 100
    return found


@pytest.mark.parametrize("point", POINTS, ids=[f"{name.split(':')[1]}-{n}-{when}" for name, n, when in POINTS])
def test_killed_then_run_again_equals_never_killed(module_settings, killer, uninterrupted, point):
    settings = emptied(module_settings)
    assert killer(settings, point)["signal"] == signal.SIGKILL, "the point was never reached"
    # Whole or not at all: what stands in a table that was being loaded is nothing or everything.
    for table, (count, _) in checksums(settings).items():
        assert count in {0, uninterrupted[table][0]}, table
    assert killer(settings) == {"signal": 0, "code": 0}
    assert checksums(settings) == uninterrupted
