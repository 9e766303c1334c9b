from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest import epex_files, price_pages
from ingest.epex.page import PriceRow
from ingest.received import read_csv
from tests.fakes import fake_exports as fake

pytestmark = pytest.mark.unit

SPRING, AUTUMN, PLAIN = (datetime(2022, *day, tzinfo=fake.PARIS) for day in ((3, 27), (10, 30), (6, 1)))


def parse(rows):
    return epex_files.parse_start_end(read_csv(fake.prices(rows), "p.csv"))


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (PLAIN, 24), (AUTUMN, 25)])
def test_every_hour_of_a_civil_day_once_and_in_order(day, hours):
    batch = parse(fake.day_prices(day))
    starts = batch.rows["delivery_start_utc"].to_pylist()
    first = day.astimezone(UTC)
    assert starts == [first + timedelta(hours=n) for n in range(hours)]
    assert batch.rows["price_eur_per_mwh"].to_pylist() == list(range(hours))
    assert batch.rejects == ()
    assert set(batch.rows["known_at_utc"].to_pylist()) == {(day - timedelta(days=1)).replace(hour=13).astimezone(UTC)}


def test_repeated_hour_that_stands_there_once_is_refused():
    rows = [f"2022-10-30,{h:02}:00 - {(h + 1) % 24:02}:00,{h}.5,2022-10-30T10:00:00+00:00" for h in range(24)]
    batch = epex_files.parse_mtu(read_csv(fake.seen_prices(rows), "p.csv"))
    assert batch.rows.num_rows == 23
    assert [(r.row_number, r.reason) for r in batch.rejects] == [(3, "ambiguous_hour")]
    assert set(batch.rows["seen_at_utc"].to_pylist()) == {datetime(2022, 10, 30, 10, tzinfo=UTC)}


def test_hour_that_the_spring_change_skips_is_refused():
    (reject,) = parse(["2022-03-27,02:00,03:00,40.0,5000.0"]).rejects
    assert reject.reason == "nonexistent_hour"


def test_prices_may_be_negative_and_leave_their_range_only_beyond_the_market_limits():
    prices = (-500, -500.01, 4000, 4000.01, -1.5)
    rows = [f"2022-06-01,{h:02}:00,{h + 1:02}:00,{price},5000.0" for h, price in enumerate(prices)]
    batch = parse(rows)
    assert batch.rows["price_eur_per_mwh"].to_pylist() == [-500, 4000, -1.5]
    assert [r.row_number for r in batch.rejects] == [2, 4]


def test_two_days_with_the_same_prices_are_refused_both():
    days = [PLAIN + timedelta(days=n) for n in range(4)]
    rows = [
        line for day, offset in zip(days, (0, 7, 7, 9), strict=True) for line in fake.day_prices(day, offset=offset)
    ]
    batch = parse(rows)
    assert {r.reason for r in batch.rejects} == {"same_prices_on_two_days"}
    assert {r.payload["date"] for r in batch.rejects} == {"2022-06-02", "2022-06-03"}
    assert batch.rows.num_rows == 48


def test_days_of_one_price_may_resemble_each_other():
    rows = [f"2022-06-0{day},{h:02}:00,{h + 1:02}:00,0.0,5000.0" for day in (1, 2) for h in range(23)]
    assert parse(rows).rejects == ()


def test_quarter_hours_are_told_by_their_labels():
    rows = ["2025-10-01,00:00 - 00:15,80.5,2025-09-30T12:00:00+00:00", "2025-10-01,00:15 - 00:30,x,"]
    batch = epex_files.parse_mtu(read_csv(fake.seen_prices(rows), "p.csv"))
    assert batch.rows["product_minutes"].to_pylist() == [15]
    assert [r.reason for r in batch.rejects] == ["unreadable_value"]


@pytest.mark.parametrize(
    ("html", "name", "reason"),
    [
        (
            "<html><h1>504 ERROR</h1>The request could not be satisfied.</html>",
            "epex_FR_2025-06-27.html",
            "GatewayErrorPageError",
        ),
        ("<html>market-results</html>", "page.html", "UnknownDayError"),
        ("<html>market-results</html>", "epex_FR_2025-02-30.html", "UnknownDayError"),
    ],
)
def test_page_that_fails_is_one_reject_named_for_its_error(html, name, reason):
    batch = price_pages.parse_saved_page(html, name)
    (reject,) = batch.rejects
    assert (reject.reason, reject.row_number, batch.rows.num_rows, batch.read) == (reason, 0, 0, 1)


def test_pages_of_the_spider_keep_the_address_that_each_came_from():
    start = datetime(2025, 6, 30, 22, tzinfo=UTC)
    pages = [(f"url{n}", [PriceRow(start + timedelta(days=n), 60, 10.0 + n, 1.0, None, 2.0)]) for n in range(2)]
    batch = price_pages.batch_of_prices(pages)
    assert [(r["source_ref"], r["price_eur_per_mwh"], r["buy_volume_mwh"]) for r in batch.rows.to_pylist()] == [
        ("url0", 10, None),
        ("url1", 11, None),
    ]
    assert batch.rows["known_at_utc"][0].as_py() == datetime(2025, 6, 30, 11, tzinfo=UTC)
