"""Saved pages of EPEX SPOT, and what the spider brings, as batches of prices."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from ingest.batch import Batch, Reject, sift
from ingest.contracts import DAY_AHEAD_PRICE
from ingest.received import ROW_NUMBER, Received

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.epex.page import PriceRow

_PAGE_MARK = re.compile(r"market-results|js-md-widget|epexspot", re.IGNORECASE)
_DATE_IN_NAME = re.compile(r"epex[^/]*?(\d{4})-(\d{2})-(\d{2})[^/]*$", re.IGNORECASE)
_DATE_IN_HEADING = re.compile(r"\b(\d{1,2})\s+(\w+)\s+(20\d\d)\b")
_QUARTER_HOURLY = re.compile(r"custom-tables[^\"']*\b15min\b")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
EXCERPT_CHARACTERS = 300
WHOLE = 0
"""Row number of a reject that is a whole page."""


def is_price_page(name: str, html: str) -> bool:
    """Whether a saved page is one of EPEX SPOT's, or bears the name of one (a gateway's error saved as a page)."""
    return bool(_DATE_IN_NAME.search(name) or _PAGE_MARK.search(html))


def parse_saved_page(html: str, source_ref: str) -> Batch:
    """The prices of a saved page; a page that fails is one reject whose reason is the name of the error.

    The delivery day is the one in the file's name, else the page's own.
    """
    from ingest.epex.errors import PageError  # noqa: PLC0415 - heavy
    from ingest.epex.page import parse_page  # noqa: PLC0415

    delivery_date = _delivery_date(html, source_ref)
    if delivery_date is None:
        expected = "a delivery day in the file's name (epex_FR_yyyy-mm-dd.html) or in the page's heading"
        return failed_page(source_ref, "UnknownDayError", expected, html)
    minutes = 15 if _QUARTER_HOURLY.search(html) else 60
    try:
        rows = parse_page(html, delivery_date=delivery_date, product_minutes=minutes, source_ref=source_ref)
    except PageError as error:
        return failed_page(source_ref, type(error).__name__, error.cause, html)
    return batch_of_prices([(source_ref, rows)])


def failed_page(source_ref: str, reason: str, expected: str, excerpt: str = "") -> Batch:
    """A batch without rows whose one reject is the whole page; ``expected`` is kept without the page's name."""
    expected = expected.removeprefix(f"{source_ref}: ").rstrip(".")
    payload = {"excerpt": " ".join(excerpt.split())[:EXCERPT_CHARACTERS], "characters": len(excerpt)}
    reject = Reject(source_ref, WHOLE, reason, expected, payload)
    return Batch(DAY_AHEAD_PRICE, batch_of_prices([]).rows, read=1, rejects=(reject,))


def _delivery_date(html: str, source_ref: str) -> date | None:
    named = _DATE_IN_NAME.search(source_ref)
    try:
        if named:
            return date(*(int(part) for part in named.groups()))
        for heading in re.findall(r"<h2[^>]*>(.*?)</h2>", html, re.DOTALL):
            shown = _DATE_IN_HEADING.search(heading)
            if shown and shown[2].lower() in _MONTHS:
                return date(int(shown[3]), _MONTHS.index(shown[2].lower()) + 1, int(shown[1]))
    except ValueError:  # 2025-02-30
        return None
    return None


def batch_of_prices(pages: Sequence[tuple[str, Sequence[PriceRow]]]) -> Batch:
    """Prices of pages that were read well, each with the file or address that it came from."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    rows = [(source_ref, row) for source_ref, page in pages for row in page]
    numbers = {
        name: pa.array([getattr(row, name) for _, row in rows], pa.float64())
        for name in ("price_eur_per_mwh", "volume_mwh", "buy_volume_mwh", "sell_volume_mwh")
    }
    table = pa.table(
        {
            "source_ref": pa.array([source_ref for source_ref, _ in rows], pa.string()),
            "product_minutes": pa.array([row.product_minutes for _, row in rows], pa.int32()),
            "delivery_start_utc": pa.array([row.delivery_start_utc for _, row in rows], pa.timestamp("us", tz="UTC")),
            **numbers,
            ROW_NUMBER: pa.array(range(1, len(rows) + 1), pa.int32()),
        }
    )
    sql = """
      select *, known_day_before(delivery_start_utc, interval 13 hour) as known_at_utc,
        null::timestamptz as seen_at_utc, null::varchar as reason, null::varchar as expected
      from received
    """
    return sift(DAY_AHEAD_PRICE, sql, Received(table, ""))
