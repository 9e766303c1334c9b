"""The origins over HTTP, against publishers of 127.0.0.1, into a real PostgreSQL."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from conso import database
from conso.errors import SourceError
from conso.steps import StepContext, silent
from ingest import from_publishers, http
from ingest.contracts import DAY_AHEAD_PRICE
from ingest.epex import crawl
from ingest.epex.page import PriceRow
from ingest.from_publishers import PublishersOrigin, Window, open_live
from ingest.load import create_tables
from ingest.origins import EXPLORE_PATH, ODRE_CONSOLIDATED, ODRE_REAL_TIME, OPEN_METEO_PATH, SCHOOL_CALENDAR, Endpoints
from ingest.report import Delivery
from ingest.step import Opened, load_from
from ingest.vintages import Stamp
from tests.fakes import fake_exports as fake
from tests.fakes.fake_publisher import FakePublisher, Reply
from tests.tables import checksums

pytestmark = pytest.mark.integration

NOW = datetime(2024, 6, 4, 10, tzinfo=UTC)
FIRST = datetime(2024, 5, 31, 22, tzinfo=UTC)
QUICK = http.Patience(connect_s=1, read_s=2, attempts=2, first_wait_s=0.01, longest_wait_s=0.02)
REAL_TIME = f"/odre{EXPLORE_PATH}/{ODRE_REAL_TIME}/exports/csv"
CONSOLIDATED = f"/odre{EXPLORE_PATH}/{ODRE_CONSOLIDATED}/exports/csv"
PROBE = f"/odre{EXPLORE_PATH}/{ODRE_REAL_TIME}/records"
ARCHIVE, FORECAST = f"/archive{OPEN_METEO_PATH}", f"/forecast{OPEN_METEO_PATH}"
ETALAB = "/etalab/csv/jours_feries_metropole.csv"
SCHOOL = f"/education{EXPLORE_PATH}/{SCHOOL_CALENDAR}/exports/csv"


def weather(query):
    first, last = (date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
    hours = (last - first).days * 24 + 24
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    times = [f"{start + timedelta(hours=n):%Y-%m-%dT%H:%M}" for n in range(hours)]
    places = zip(query["latitude"].split(","), query["longitude"].split(","), strict=True)
    return Reply(json.dumps([fake.open_meteo_place(float(x), float(y), times) for x, y in places]).encode())


def real_time(query):
    """Every quarter since FIRST, from the instant that is asked for on."""
    since = query.get("where", "").removeprefix("date_heure >= date'").removesuffix("'")
    instants = [FIRST + timedelta(minutes=15 * n) for n in range(300)]
    kept = [t for t in instants if not since or t >= datetime.fromisoformat(since)]
    assert query["select"].startswith("perimetre,nature,date_heure,consommation,prevision_j1")
    return Reply(fake.eco2mix([fake.eco2mix_line(t) for t in kept]))


def well_behaved():
    return {
        PROBE: [Reply(b'{"total_count": 1, "results": []}')],
        REAL_TIME: real_time,
        CONSOLIDATED: [Reply(fake.eco2mix([]))],
        ARCHIVE: weather,
        FORECAST: weather,
        ETALAB: [Reply(fake.public_holidays())],
        SCHOOL: [Reply(fake.school_calendar())],
        "/entsoe/total-load/2024.csv": [Reply(fake.entsoe_hours(datetime(2024, 5, 31, 22, tzinfo=UTC), 24))],
    }


def endpoints(publisher):
    base = publisher.url
    return Endpoints(
        odre=f"{base}/odre",
        education=f"{base}/education",
        open_meteo_forecast=f"{base}/forecast",
        open_meteo_archive=f"{base}/archive",
        etalab=f"{base}/etalab",
        entsoe=f"{base}/entsoe",
        epex=f"{base}/epex",
    )


@pytest.fixture
def spider(monkeypatch):
    """Stands in for the spider's process: which deliveries were asked for, one price for each."""
    asked = []

    def crawl_prices(base_url, deliveries, **_: object):
        asked.append(list(deliveries))
        pages = [
            crawl.CrawledPage(
                day,
                minutes,
                f"{base_url}/{day}",
                (PriceRow(datetime(day.year, day.month, day.day, tzinfo=UTC), minutes, -5.0, 1.0, 1.0, 1.0),),
            )
            for day, minutes in deliveries
        ]
        return crawl.CrawlResult(tuple(pages), ())

    monkeypatch.setattr(crawl, "crawl_prices", crawl_prices)
    return asked


def load(settings, publisher, *, now=NOW, window=Window(date(2024, 5, 30), date(2024, 6, 2))):  # noqa: B008 - frozen
    with http.client(QUICK, alias=(publisher.url, "test:")) as client:
        origin = PublishersOrigin(settings, endpoints(publisher), client, now, window)
        opened = Opened(origin, Stamp(now, "demo", is_synthetic=True), "demo", clock_utc=now)
        return load_from(StepContext(settings, "demo"), opened)


def rows(settings, sql):
    with database.connect(settings) as connection:
        return connection.execute(sql).fetchall()


def test_everything_is_fetched_then_only_what_is_new(settings, spider):
    with FakePublisher(well_behaved()) as publisher:
        first = load(settings, publisher)
        assert {name: table["rows"] for name, table in first.figures["tables"].items()} == {
            "raw.odre_national_load": 300,
            "raw.entsoe_total_load": 48,
            # 30 May to 4 June from the archive, 4 to 7 June from the forecast.
            "raw.open_meteo_weather": 10 * 24 * (6 + 4),
            "raw.public_holidays": 2,
            "raw.school_holidays": 2,
            "raw.epex_day_ahead_price": 3,
        }
        assert first.figures["problems"] == []
        assert "SYNTHETIC" in first.summary
        assert rows(settings, "select distinct origin, is_synthetic from raw.open_meteo_weather") == [("demo", True)]
        assert rows(
            settings,
            """select weather_kind, min(known_at_utc), min(known_at_basis) from raw.open_meteo_weather
               group by 1 order by 1""",
        ) == [("archived_forecast", datetime(2024, 5, 29, 6, tzinfo=UTC), "rule"), ("forecast", NOW, "retrieval")]
        before, asked_before = checksums(settings, with_arrival=True), len(publisher.asked)

        second = load(settings, publisher)
        assert not second.changed
        assert checksums(settings, with_arrival=True) == before
        asked = dict(publisher.asked[asked_before:])
        last = FIRST + timedelta(minutes=15 * 299)
        assert asked[REAL_TIME]["where"] == f"date_heure >= date'{last - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}'"
        assert asked[ARCHIVE]["start_date"] == "2024-06-01"
        # 4 June, 12:00: its own prices are out since yesterday, tomorrow's come at 13:00.
        assert spider == [[(date(2024, 6, n), 60) for n in (2, 3, 4)]]


def test_prices_are_asked_for_once_they_are_out(settings, spider):
    create_tables(settings)

    def last_two(*now: int):
        instant = datetime(*now, tzinfo=UTC)
        window = Window(instant.date(), instant.date() - timedelta(days=2))
        with http.client(QUICK) as client:
            origin = PublishersOrigin(settings, Endpoints(), client, instant, window)
            origin._prices(Delivery(DAY_AHEAD_PRICE), silent)
        return spider[-1][-2:]

    before_13_00 = last_two(2024, 6, 4, 10, 59)
    assert before_13_00 == [(date(2024, 6, 3), 60), (date(2024, 6, 4), 60)]
    assert last_two(2024, 6, 4, 11) == [(date(2024, 6, 4), 60), (date(2024, 6, 5), 60)]
    assert last_two(2025, 10, 1, 6) == [(date(2025, 9, 30), 60), (date(2025, 10, 1), 15)]


def test_a_correction_of_the_last_days_is_a_version(settings, spider):
    replies = well_behaved()
    with FakePublisher(replies) as publisher:
        load(settings, publisher)
        last = FIRST + timedelta(minutes=15 * 299)
        replies[REAL_TIME] = [Reply(fake.eco2mix([fake.eco2mix_line(last, 51_000)]))]
        later = NOW + timedelta(hours=1)
        load(settings, publisher, now=later)
        assert rows(
            settings,
            """select load_mw, known_at_utc, known_at_basis from raw.odre_national_load
               where interval_start_utc >= '2024-06-04 00:45+00' order by known_at_utc""",
        ) == [(50_000, last + timedelta(minutes=45), "rule"), (51_000, later, "retrieval")]


@pytest.mark.fault
def test_optional_sources_that_fail_are_told_and_the_others_are_loaded(settings, spider):
    trouble = {
        FORECAST: [Reply(b"<html>maintenance</html>")],
        ETALAB: [Reply(b"", 500)],
        SCHOOL: [Reply(b"annee_scolaire;b\n1;2\n")],
        "/entsoe/total-load/2024.csv": [Reply(b"gone", 404)],
    }
    with FakePublisher({**well_behaved(), **trouble}) as publisher:
        result = load(settings, publisher)
    told = {problem["source"]: problem["cause"] for problem in result.figures["problems"]}
    assert sorted(told) == ["entsoe_total_load", "open_meteo_weather", "public_holidays", "school_holidays"]
    assert "web page (<html>maintenance</html>)" in told["open_meteo_weather"]
    assert "HTTP 500 after 2 attempts" in told["public_holidays"]
    assert "lacks 'zones'" in told["school_holidays"]
    assert "no file of total load" in told["entsoe_total_load"]
    assert result.summary.endswith("; 4 PROBLEMS")
    tables = {name: table["rows"] for name, table in result.figures["tables"].items()}
    assert (tables["raw.odre_national_load"], tables["raw.epex_day_ahead_price"]) == (300, 3)
    assert tables["raw.open_meteo_weather"] == 10 * 24 * 6  # the archive's days came before the failure
    assert any("computed from the law" in note for note in result.figures["notes"])


@pytest.mark.fault
def test_national_load_that_fails_fails_the_step_after_the_others_are_loaded(settings, spider):
    replies = well_behaved()
    replies[REAL_TIME] = [Reply(status=503)]
    with FakePublisher(replies) as publisher:
        with pytest.raises(SourceError, match=r"eco2mix-national-tr/exports/csv: HTTP 503 after 2 attempts"):
            load(settings, publisher)
        assert rows(settings, "select count(*) > 0 from raw.open_meteo_weather") == [(True,)]
        replies[REAL_TIME] = real_time
        assert load(settings, publisher).figures["tables"]["raw.odre_national_load"]["new"] == 300


@pytest.mark.fault
def test_crawl_failures_are_told_and_quarantined_once(settings, monkeypatch):
    def crawl_prices(base_url, deliveries, **_: object):
        day, minutes = deliveries[0]
        failures = [
            crawl.CrawlFailure(day, minutes, f"{base_url}/{day}", "WrongDayError", "shows another day", "Again.", 3),
            crawl.CrawlFailure(day, minutes, f"{base_url}/{day}", "NoDataError", "nothing yet", "Later.", 1),
        ]
        return crawl.CrawlResult((), tuple(failures))

    monkeypatch.setattr(crawl, "crawl_prices", crawl_prices)
    with FakePublisher(well_behaved()) as publisher:
        for _ in range(2):
            result = load(settings, publisher)
    assert [problem["cause"] for problem in result.figures["problems"]] == ["shows another day"]
    assert result.figures["notes"] == ["EPEX SPOT 2024-06-02 (60 min): not published"]
    assert rows(settings, "select source_ref, reason, expected from raw.quarantine") == [
        ("test:/epex/2024-06-02", "WrongDayError", "shows another day")
    ]


def test_live_without_entsoe_says_so_and_runs_on_the_system_clock(settings, spider, monkeypatch):
    first_day = datetime.now(UTC).date() - timedelta(days=2)
    monkeypatch.setattr(from_publishers, "LIVE_FIRST_WEATHER_DAY", first_day)
    with FakePublisher(well_behaved()) as publisher:
        live = replace(endpoints(publisher), entsoe=None)
        context = StepContext(settings, "live")
        with open_live(context, live, QUICK) as opened:
            result = load_from(context, opened)
    assert any(note.startswith("ENTSO-E has no interface without a key") for note in result.figures["notes"])
    assert database.clock(settings).basis == "system"
    assert database.world(settings) == "real"
    assert rows(settings, "select distinct origin, is_synthetic from raw.odre_national_load") == [("live", False)]
    starts = [query["start_date"] for path, query in publisher.asked if path == ARCHIVE]
    assert starts == [first_day.isoformat()]


@pytest.mark.fault
@pytest.mark.parametrize("probe", [Reply(status=500), Reply(b"<html></html>"), Reply(drop=True)])
def test_live_that_does_not_answer_changes_nothing(settings, probe):
    with FakePublisher({**well_behaved(), PROBE: [probe]}) as publisher:
        context = StepContext(settings, "live")
        with contextlib.ExitStack() as stack, pytest.raises(SourceError, match="eco2mix-national-tr/records"):
            stack.enter_context(open_live(context, endpoints(publisher), QUICK))
    assert database.world(settings) is None
