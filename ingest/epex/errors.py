"""What can be wrong with a price page; one class for each failure that was seen in the wild."""

from __future__ import annotations

from typing import ClassVar

from conso.errors import SourceError


class PageError(SourceError):
    """The page could not be read as the prices that were asked for.

    ``worth_retrying`` says whether the same request may bring the right page a little later.
    """

    worth_retrying: ClassVar[bool] = False


class WrongDayError(PageError):
    """The page shows another delivery day than was asked for (its caches mix up days)."""

    worth_retrying = True


class WrongMarketTableError(PageError):
    """The page shows another market, auction or product: for instance the continuous market's 168 rows of 7 columns."""

    worth_retrying = True


class NoDataError(PageError):
    """The site has nothing for this combination: not published yet, or a product that did not exist that day."""


class GatewayErrorPageError(PageError):
    """The error page of a gateway in front of the site, though the answer's status may be 200."""

    worth_retrying = True


class HumanCheckPageError(PageError):
    """The site asks for a proof of being human. A spider is none: it stops here."""


class NoTableError(PageError):
    """The filter form without any table of results."""

    worth_retrying = True


class RowCountError(PageError):
    """The table has not the rows of its civil day (23, 24 or 25 hours; 92, 96 or 100 quarters), or not in order."""


class AggregatedRowsError(PageError):
    """Every fifth row of a quarter-hourly table should sum up the hour before it, and one does not."""


class UnreadablePageError(PageError):
    """A cell or a heading is not of the form that the page has had so far."""


class BaseloadError(PageError):
    """The page's own baseload is not the mean of the prices beneath it."""


class HttpStatusError(PageError):
    """The site answered with an HTTP status that is no success, and kept to it."""


class RobotsForbiddenError(PageError):
    """The site's robots.txt does not allow this page to our user agent."""


class TransferError(PageError):
    """No complete answer: the connection was refused, broken off or timed out."""


class NotAskedError(PageError):
    """The crawl ended before this day was asked for."""


class SiteUnreachableError(SourceError):
    """The site could not be reached at all."""


class CrawlFailedError(SourceError):
    """The spider's process ended badly, or stood still for too long."""
