"""A publisher that misbehaves in one run, then a clean run: the end is as if nothing had happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from conso import database
from conso.errors import SourceError
from conso.steps import StepContext
from ingest import http
from ingest.from_publishers import PublishersOrigin, Window
from ingest.origins import EXPLORE_PATH, ODRE_CONSOLIDATED, ODRE_REAL_TIME, Endpoints
from ingest.step import Opened, load_from
from ingest.vintages import Stamp
from tests.fakes import fake_exports as fake
from tests.fakes.fake_publisher import FakePublisher, Reply
from tests.tables import checksums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conso.steps import Progress
    from ingest.report import Delivery

pytestmark = [pytest.mark.integration, pytest.mark.fault]

QUICK = http.Patience(connect_s=1, read_s=1, attempts=2, first_wait_s=0.01, longest_wait_s=0.02)
REAL_TIME, CONSOLIDATED = (f"{EXPLORE_PATH}/{name}/exports/csv" for name in (ODRE_REAL_TIME, ODRE_CONSOLIDATED))
NOW = datetime(2024, 10, 29, 10, tzinfo=UTC)
# Four days about the night of 25 hours; the day of 23 hours is in the consolidated data.
AUTUMN = [datetime(2024, 10, 25, 22, tzinfo=UTC) + timedelta(minutes=15 * n) for n in range(4 * 96)]
SPRING = [datetime(2024, 3, 30, 23, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(46)]
GOOD = fake.eco2mix([fake.eco2mix_line(t, 50_000 + n) for n, t in enumerate(AUTUMN)])
SETTLED = fake.eco2mix([fake.eco2mix_line(t, 45_000, nature="Données consolidées") for t in SPRING])
HEADER = fake.eco2mix([])


class OnlyNationalLoad(PublishersOrigin):
    def deliveries(self, progress: Progress) -> Iterator[Delivery]:
        yield next(super().deliveries(progress))


def load(settings, real_time: list[Reply]):
    replies = {REAL_TIME: real_time, CONSOLIDATED: [Reply(SETTLED)]}
    with (
        FakePublisher(replies) as publisher,
        http.client(QUICK, alias=(publisher.url, "test:")) as client,
    ):
        origin = OnlyNationalLoad(
            settings, Endpoints(odre=publisher.url), client, NOW, Window(date(2024, 1, 1), date(2024, 1, 1))
        )
        opened = Opened(origin, Stamp(NOW, "demo", is_synthetic=True), "demo", clock_utc=NOW)
        return load_from(StepContext(settings, "demo"), opened)


@pytest.fixture(scope="module")
def undisturbed(module_settings):
    load(module_settings, [Reply(GOOD)])
    found = checksums(module_settings)
    assert found["raw.odre_national_load"][0] == len(AUTUMN) + len(SPRING)
    return found


def changed(n: int, load: object) -> bytes:
    """The good answer but for the load of its nth row."""
    return fake.eco2mix([fake.eco2mix_line(t, load if m == n else 50_000 + m) for m, t in enumerate(AUTUMN)])


STAYS = {
    "429 for a day": [Reply(status=429, headers={"Retry-After": "86400"})],
    "500": [Reply(status=500)],
    "dropped": [Reply(drop=True)],
    "dropped mid-body": [Reply(GOOD, cut=len(GOOD) // 2)],
    "a page with status 200": [Reply(b"<html><h1>502 Bad Gateway</h1></html>")],
    "empty": [Reply(b"")],
    "a column renamed": [Reply(GOOD.replace(b"Consommation (MW)", b"Conso"))],
}
PASSES = {
    "429 with Retry-After": [Reply(status=429, headers={"Retry-After": "0"}), Reply(GOOD)],
    "500 once": [Reply(status=500), Reply(GOOD)],
    "dropped once mid-body": [Reply(GOOD, cut=999), Reply(GOOD)],
    "an empty window": [Reply(HEADER)],
    "half the window": [Reply(b"\n".join(GOOD.split(b"\n")[:200]) + b"\n")],
    "every row twice": [Reply(GOOD + b"\n".join(GOOD.split(b"\n")[1:]))],
    "a column more": [Reply(GOOD.replace(b"ND\n", b"ND;7\n").replace(b"Angleterre (MW)\n", b"Angleterre (MW);New\n"))],
    "ND": [Reply(changed(7, "ND"))],
}


@pytest.mark.parametrize("fault", STAYS)
def test_a_fault_that_stays_fails_the_step_and_leaves_nothing(settings, undisturbed, fault):
    with pytest.raises(SourceError, match="eco2mix-national-tr"):
        load(settings, STAYS[fault])
    load(settings, [Reply(GOOD)])
    assert checksums(settings) == undisturbed


@pytest.mark.parametrize("fault", PASSES)
def test_a_fault_that_passes_loses_and_doubles_nothing(settings, undisturbed, fault):
    load(settings, PASSES[fault])
    load(settings, [Reply(GOOD)])
    with database.connect(settings) as connection:
        versions = connection.execute("select count(*) from raw.odre_national_load").fetchone()[0]
    if fault == "ND":  # the row had other measures: it is a version, and the load that came later another
        assert versions == undisturbed["raw.odre_national_load"][0] + 1
    else:
        assert checksums(settings) == undisturbed


@pytest.mark.parametrize(
    ("value", "reason"), [("NaN", "unreadable_value"), ("abc", "unreadable_value"), (9, "out_of_range")]
)
def test_a_bad_value_is_quarantined_and_the_good_rows_beside_it_load(settings, undisturbed, value, reason):
    load(settings, [Reply(changed(7, value))])
    with database.connect(settings) as connection:
        assert connection.execute("select reason, row_number from raw.quarantine").fetchall() == [(reason, 8)]
        assert connection.execute("select count(*) from raw.odre_national_load").fetchone()[0] == 383 + len(SPRING)
    load(settings, [Reply(GOOD)])
    after = checksums(settings)
    del after["raw.quarantine"]
    assert after == {table: of for table, of in undisturbed.items() if table != "raw.quarantine"}
