"""The spider against a server on this machine that speaks like the site, well and badly."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import date

import numpy as np
import psutil
import pytest

from conso.settings import Settings
from ingest.demo import epex_pages, faults, generator
from ingest.demo.server import DemoServer
from ingest.epex.crawl import crawl_prices
from ingest.epex.errors import CrawlFailedError, SiteUnreachableError
from ingest.epex.page import delivery_starts

pytestmark = [pytest.mark.integration, pytest.mark.fault]

HOURLY, QUARTERLY = (date(2025, 9, 30), 60), (date(2026, 4, 12), 15)
AUTUMN, SPRING = (date(2025, 10, 26), 15), (date(2026, 3, 29), 15)
UNPUBLISHED = (date(2026, 4, 15), 15)
ROBOTS_THAT_FORBID = "User-agent: conso\nDisallow: /epex/en/market-results\n"


def address_of(delivery):
    """How the path and query of a request for this day begin."""
    day_before = date.fromordinal(delivery[0].toordinal() - 1)
    return f"/epex/en/market-results?market_area=FR&auction=MRC&trading_date={day_before}"


@pytest.fixture
def serve(tmp_path):
    with contextlib.ExitStack() as stack:
        yield lambda **kwargs: stack.enter_context(DemoServer(Settings(home=tmp_path / "home"), **kwargs))


def market_requests(server):
    return [target for target in server.requests if "market-results" in target]


def test_rows_are_the_generator_s_own_on_days_of_23_24_and_25_hours(serve, tmp_path):
    told = []
    server = serve()
    result = crawl_prices(
        server.endpoints.epex,
        [HOURLY, QUARTERLY, AUTUMN, SPRING, HOURLY],
        work_dir=tmp_path / "crawl",
        progress=lambda text, done=None, total=None: told.append((text, done, total)),
    )
    assert not result.failures
    assert [(page.delivery_date, page.product_minutes, len(page.rows)) for page in result.pages] == [
        (*HOURLY, 24),
        (*AUTUMN, 100),
        (*SPRING, 92),
        (*QUARTERLY, 96),
    ]
    world = generator.generate()
    for page in result.pages:
        quarterly = page.product_minutes == 15
        grid, auction = (
            (world.quarters_utc, world.prices.quarter) if quarterly else (world.hours_utc, world.prices.hour)
        )
        starts = [np.datetime64(row.delivery_start_utc.replace(tzinfo=None), "m") for row in page.rows]
        index = np.searchsorted(grid, starts)
        assert [row.price_eur_per_mwh for row in page.rows] == auction.price[index].tolist()
        assert [row.volume_mwh for row in page.rows] == auction.volume[index].tolist()
        assert [row.buy_volume_mwh for row in page.rows] == auction.buy_volume[index].tolist()
        assert [row.delivery_start_utc for row in page.rows] == delivery_starts(
            page.delivery_date, page.product_minutes
        )
        assert page.source_ref.startswith(server.endpoints.epex)
    assert len(market_requests(server)) == 4  # one per delivery day, though one was asked for twice
    assert server.requests[0] == "/robots.txt"
    assert told[-1] == ("Day-ahead prices", 4, 4)


def test_what_may_pass_is_asked_again_and_what_will_not_is_named(serve, tmp_path):
    wrong_day = epex_pages.page(epex_pages.table(generator.generate(), date(2026, 1, 1), 15))
    days = [(date(2026, 2, day), 15) for day in range(1, 8)]
    server = serve(
        faults={
            address_of(days[0]): [faults.status(503), faults.status(503)],
            address_of(days[1]): [faults.body(epex_pages.GATEWAY_ERROR), faults.body(wrong_day)],
            address_of(days[2]): [faults.CLOSE],
            address_of(days[3]): [faults.body(wrong_day)] * 3,
            address_of(days[4]): [faults.body(epex_pages.FORM_ONLY)] * 3,
            address_of(days[5]): [faults.status(504)] * 3,
            address_of(days[6]): [faults.body(epex_pages.OTHER_MARKET)] * 3,
        }
    )
    result = crawl_prices(server.endpoints.epex, [*days, UNPUBLISHED], work_dir=tmp_path / "crawl")
    assert [page.delivery_date for page in result.pages] == [day for day, _ in days[:3]]
    assert {failure.delivery_date: (failure.error, failure.attempts) for failure in result.failures} == {
        days[3][0]: ("WrongDayError", 3),
        days[4][0]: ("NoTableError", 3),
        days[5][0]: ("HttpStatusError", 3),
        days[6][0]: ("WrongMarketTableError", 3),
        UNPUBLISHED[0]: ("NoDataError", 1),
    }
    for failure in result.failures:
        assert "127.0.0.1" in failure.cause
        assert failure.remedy


def test_robots_txt_is_obeyed(serve, tmp_path):
    server = serve(faults={"/robots.txt": [faults.body(ROBOTS_THAT_FORBID, "text/plain")]})
    result = crawl_prices(server.endpoints.epex, [QUARTERLY], work_dir=tmp_path / "crawl")
    assert [failure.error for failure in result.failures] == ["RobotsForbiddenError"]
    assert server.requests == ["/robots.txt"]


def test_a_site_that_nobody_runs_is_one_clear_error(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{probe.getsockname()[1]}"
    days = [(date(2026, 2, day), 15) for day in range(1, 29)]
    with pytest.raises(SiteUnreachableError, match=nowhere):
        crawl_prices(nowhere, days, work_dir=tmp_path / "crawl")


def test_good_pages_are_kept_and_failures_are_not(serve, tmp_path):
    server = serve(faults={address_of(QUARTERLY): [faults.body(epex_pages.NO_DATA)]})

    def crawl():
        before = len(market_requests(server))
        result = crawl_prices(server.endpoints.epex, [HOURLY, QUARTERLY], work_dir=tmp_path / "crawl", use_cache=True)
        return [page.delivery_date for page in result.pages], len(market_requests(server)) - before

    assert crawl() == ([HOURLY[0]], 2)
    assert crawl() == ([HOURLY[0], QUARTERLY[0]], 1)
    assert crawl() == ([HOURLY[0], QUARTERLY[0]], 0)


def test_a_crawl_that_stands_still_is_ended(serve, tmp_path):
    server = serve(faults={address_of(QUARTERLY): [faults.Fault("delay", seconds=20)]})
    started = time.monotonic()
    with pytest.raises(CrawlFailedError, match="1 of 2 days"):
        crawl_prices(server.endpoints.epex, [HOURLY, QUARTERLY], work_dir=tmp_path / "crawl", stall_timeout_s=2)
    assert time.monotonic() - started < 15


def test_a_child_that_breaks_down_is_said_with_its_log(tmp_path):
    work_dir = tmp_path / "crawl"
    work_dir.mkdir()
    (work_dir / "scrapy.log").mkdir()  # where the log should go
    with pytest.raises(CrawlFailedError, match="status 1"):
        crawl_prices("http://127.0.0.1:9", [HOURLY], work_dir=work_dir)


@pytest.mark.crash
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_the_spider_ends_with_its_parent(serve, tmp_path, end):
    server = serve(faults={address_of(QUARTERLY): [faults.Fault("delay", seconds=60)]})
    code = f"""
from datetime import date
from pathlib import Path
from ingest.epex.crawl import crawl_prices
crawl_prices({server.endpoints.epex!r}, [(date(2026, 4, 12), 15)], work_dir=Path({str(tmp_path / "crawl")!r}))
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    try:
        wait_for(lambda: market_requests(server))
        (child,) = psutil.Process(parent.pid).children()
        os.kill(parent.pid, end)
        error = parent.communicate(timeout=15)[1]
    finally:
        parent.kill()
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    if end == signal.SIGINT:
        assert b"KeyboardInterrupt" in error


def wait_for(condition, timeout_s=15.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
