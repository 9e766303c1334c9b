"""Every saved page of the exchange that lies beside the checkout, each with the outcome that it must have."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from conso.settings import PROJECT_ROOT
from ingest.epex import errors
from ingest.epex.page import parse_page

PAGES = Path(PROJECT_ROOT / "../shared/data/epex/html").resolve()
FILES = sorted(PAGES.glob("*.html"))
pytestmark = [
    pytest.mark.integration,
    pytest.mark.real_data,
    pytest.mark.skipif(not FILES, reason=f"no saved pages in {PAGES}"),
]
EXPECTED_FAILURES = {
    "FAIL_nodata_epex_FR_2025-06-18.html": errors.NoDataError,
    "FAIL_other_epex_FR_2025-06-27.html": errors.GatewayErrorPageError,
    "FAIL_shell_epex_FR_2025-10-29.html": errors.NoTableError,
    "epex_FR_2026-06-19_rows168.html": errors.WrongMarketTableError,
}


def read(path, product_minutes=None):
    day = date.fromisoformat(re.search(r"\d{4}-\d\d-\d\d", path.name)[0])
    minutes = product_minutes or (15 if day >= date(2025, 10, 1) else 60)
    return parse_page(
        path.read_text(encoding="utf-8"), delivery_date=day, product_minutes=minutes, source_ref=path.name
    )


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_each_page_has_its_outcome(path):
    if path.name in EXPECTED_FAILURES:
        for minutes in (60, 15):
            with pytest.raises(EXPECTED_FAILURES[path.name]):
                read(path, minutes)
        return
    rows = read(path)
    assert len(rows) == (96 if "rows120" in path.name else 24)
    assert all(-500 <= row.price_eur_per_mwh <= 4000 for row in rows)
    assert all(row.volume_mwh == max(row.buy_volume_mwh, row.sell_volume_mwh) for row in rows)


def test_all_pages_together():
    good = [read(path) for path in FILES if path.name not in EXPECTED_FAILURES]
    assert sum(map(len, good)) == 26 * 24 + 2 * 96
    assert len({(row.product_minutes, row.delivery_start_utc) for rows in good for row in rows}) == 26 * 24 + 2 * 96


def test_values_read_by_eye_on_the_pages():
    june = {row.delivery_start_utc: row for row in read(PAGES / "epex_FR_2025-06-14.html")}
    afternoon = june[datetime(2025, 6, 14, 12, tzinfo=UTC)]  # the line "14 - 15"
    assert (afternoon.buy_volume_mwh, afternoon.sell_volume_mwh) == (18105.1, 13589.7)
    assert (afternoon.volume_mwh, afternoon.price_eur_per_mwh) == (18105.1, -23.48)
    quarters = {row.delivery_start_utc: row for row in read(PAGES / "epex_FR_2025-10-01_rows120.html")}
    second_hour = quarters[datetime(2025, 9, 30, 23, tzinfo=UTC)]  # "01:00 - 01:15", after the first hour's aggregate
    assert (second_hour.buy_volume_mwh, second_hour.price_eur_per_mwh) == (1347.8, 86.91)
    assert quarters[datetime(2025, 9, 30, 22, tzinfo=UTC)].price_eur_per_mwh == 102.08


def test_a_good_page_of_another_day_is_refused():
    text = (PAGES / "epex_FR_2025-06-14.html").read_text(encoding="utf-8")
    with pytest.raises(errors.WrongDayError, match="shows 2025-06-14, but 2025-06-15"):
        parse_page(text, delivery_date=date(2025, 6, 15), product_minutes=60, source_ref="page")
