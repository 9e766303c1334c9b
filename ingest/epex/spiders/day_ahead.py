"""One request per delivery day and product; each answer becomes one item: the day's rows, or the failure's name."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import scrapy
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError

from ingest.epex.errors import HttpStatusError, PageError, RobotsForbiddenError, TransferError
from ingest.epex.page import MARKET_AREA, parse_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response

SITE = "https://www.epexspot.com"
PATH = "/en/market-results"
LATER = -10
"""Priority of asking again for a page that was wrong: after all others, its cache may have moved on by then."""
UNREACHABLE_LIMIT = 3
"""After so many days in a row without any answer the site is taken for unreachable."""


def page_url(base_url: str, delivery_date: date, product_minutes: int) -> str:
    """Address of the day-ahead results of one delivery day as a table."""
    query = {
        "market_area": MARKET_AREA,
        "auction": "MRC",
        "trading_date": (delivery_date - timedelta(days=1)).isoformat(),
        "delivery_date": delivery_date.isoformat(),
        "modality": "Auction",
        "sub_modality": "DayAhead",
        "data_mode": "table",
        "product": product_minutes,
    }
    return f"{base_url.rstrip('/')}{PATH}?{urlencode(query)}"


class DayAheadSpider(scrapy.Spider):  # type: ignore[misc]  # Scrapy is not typed for us
    """Collects the French day-ahead auction.

    Arguments (``-a name=value``): ``deliveries``, as ``2025-06-14:60,2025-10-01:15``; ``base_url``, the site.
    """

    name = "day_ahead"

    def __init__(self, deliveries: str = "", base_url: str = SITE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.base_url = base_url
        self.deliveries = [
            (date.fromisoformat(day), int(minutes))
            for day, _, minutes in (part.partition(":") for part in deliveries.split(",") if part)
        ]
        self._unreachable_in_a_row = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Ask for each delivery day once."""
        for delivery_date, product_minutes in self.deliveries:
            yield scrapy.Request(
                page_url(self.base_url, delivery_date, product_minutes),
                callback=self.parse,
                errback=self.failed,
                cb_kwargs={"delivery_date": delivery_date, "product_minutes": product_minutes},
                dont_filter=True,
            )

    def parse(
        self, response: Response, delivery_date: date, product_minutes: int
    ) -> Iterator[dict[str, Any] | scrapy.Request]:
        """Read one page; ask again where that may help."""
        self._unreachable_in_a_row = 0
        try:
            rows = parse_page(
                getattr(response, "text", ""),
                delivery_date=delivery_date,
                product_minutes=product_minutes,
                source_ref=response.url,
            )
        except PageError as error:
            retry = (
                get_retry_request(response.request, spider=self, reason=type(error).__name__, priority_adjust=LATER)
                if error.worth_retrying
                else None
            )
            yield retry or _failure(response.request, error)
            return
        yield {
            "delivery_date": delivery_date.isoformat(),
            "product_minutes": product_minutes,
            "source_ref": response.url,
            "rows": [{**asdict(row), "delivery_start_utc": row.delivery_start_utc.isoformat()} for row in rows],
        }

    def failed(self, failure: Any) -> Iterator[dict[str, Any]]:
        """No page at all: an HTTP status, robots.txt, or a broken connection, after the retries that Scrapy made."""
        request = failure.request
        if failure.check(HttpError):
            status = failure.value.response.status
            self._unreachable_in_a_row = 0
            yield _failure(
                request, HttpStatusError(f"{request.url}: HTTP status {status}, again and again.", "Try again later.")
            )
        elif failure.check(IgnoreRequest):
            yield _failure(
                request,
                RobotsForbiddenError(
                    f"{request.url}: the site's robots.txt does not allow this page to us.",
                    "Save the pages in a browser and load their directory instead.",
                ),
            )
        else:
            reason = failure.getErrorMessage() or failure.type.__name__
            yield _failure(
                request,
                TransferError(
                    f"{request.url}: no answer ({reason}).", "Check the network and the address, and try again."
                ),
            )
            self._unreachable_in_a_row += 1
            if self._unreachable_in_a_row >= UNREACHABLE_LIMIT:
                raise CloseSpider("unreachable")


def _failure(request: scrapy.Request, error: PageError) -> dict[str, Any]:
    return {
        "delivery_date": request.cb_kwargs["delivery_date"].isoformat(),
        "product_minutes": request.cb_kwargs["product_minutes"],
        "source_ref": request.url,
        "error": type(error).__name__,
        "cause": error.cause,
        "remedy": error.remedy,
        "attempts": request.meta.get("retry_times", 0) + 1,
    }
