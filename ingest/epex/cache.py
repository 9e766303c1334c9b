"""What may be kept in the HTTP cache: a page of prices, never one of the failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.epex.errors import PageError
from ingest.epex.page import parse_page

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


class OnlyGoodPages:
    """Scrapy cache policy: a day's prices do not change once published, so a page that reads well is kept for good."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def should_cache_request(self, request: Request) -> bool:
        """Only requests for a delivery day; robots.txt is asked for anew in every crawl."""
        return "delivery_date" in request.cb_kwargs

    def should_cache_response(self, response: Response, request: Request) -> bool:
        """Only a page that shows exactly what was asked for."""
        try:
            parse_page(response.text, source_ref=response.url, **request.cb_kwargs)
        except (PageError, AttributeError):  # AttributeError: an answer that is no text
            return False
        return True

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:  # noqa: ARG002 - Scrapy's
        """Always."""
        return True

    def is_cached_response_valid(
        self,
        cachedresponse: Response,  # noqa: ARG002 - Scrapy's interface
        response: Response,  # noqa: ARG002
        request: Request,  # noqa: ARG002
    ) -> bool:
        """Always."""
        return True
