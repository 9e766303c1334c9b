"""The price page as pure functions: HTML in, rows out, or an error that names what is wrong with the page."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ingest.epex.errors import (
    AggregatedRowsError,
    BaseloadError,
    GatewayErrorPageError,
    HumanCheckPageError,
    NoDataError,
    NoTableError,
    RowCountError,
    UnreadablePageError,
    WrongDayError,
    WrongMarketTableError,
)
from ingest.epex.labels import check_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parsel import Selector

PARIS = ZoneInfo("Europe/Paris")
PRODUCTS_MINUTES = (60, 15)
HEADING = ("Auction", "Day-Ahead", "SDAC")
MARKET_AREA = "FR"
COLUMNS = ("buy", "sell", "volume", "price")
QUARTERS_PER_HOUR = 4
PRICE_ROUNDING = 0.00501
"""Prices are printed to 0.01 EUR/MWh: a printed mean of printed prices is within half of that, and a float's dust."""
VOLUME_ROUNDING = 0.2501
"""Volumes are printed to 0.1 MWh: four printed quarters and their printed sum differ by at most five half-units."""
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
GATEWAY_MARKS = ("the request could not be satisfied", "bad gateway", "gateway time", "service unavailable")
HUMAN_CHECK_MARKS = ("human verification", "confirm you are human", "verify you are human")


@dataclass(frozen=True)
class PriceRow:
    """One delivery period of the auction: price in EUR/MWh, volumes in MWh (None where the page leaves them empty)."""

    delivery_start_utc: datetime
    product_minutes: int
    price_eur_per_mwh: float
    volume_mwh: float | None
    buy_volume_mwh: float | None
    sell_volume_mwh: float | None


def delivery_starts(delivery_date: date, product_minutes: int) -> list[datetime]:
    """Starts in UTC of the delivery periods of a civil day of France, in order: 23, 24 or 25 hours' worth of them."""
    start = datetime.combine(delivery_date, time(), PARIS).astimezone(UTC)
    end = datetime.combine(delivery_date + timedelta(days=1), time(), PARIS).astimezone(UTC)
    step = timedelta(minutes=product_minutes)
    return [start + i * step for i in range((end - start) // step)]


def parse_page(html: str, *, delivery_date: date, product_minutes: int, source_ref: str) -> list[PriceRow]:
    """Read the prices of one delivery day from the page, or from the answer of its script (``ajax_form=1``, JSON).

    Only the page asked for is accepted: market FR, SDAC day-ahead auction, this day, this product, every period of
    the civil day once and in order, and the page's own baseload equal to the mean of what was read. Prices may be
    negative and are taken as they stand.

    Args:
        html: the answer's body.
        delivery_date: the civil day of France that was asked for.
        product_minutes: 60 or 15.
        source_ref: file or URL, for the messages.

    Raises:
        PageError: in the subclass that names the failure.
    """
    if html.lstrip()[:1] == "[":
        html = widget_of_ajax_answer(html, source_ref)
    page = _select(html)
    table = _results(page, html, source_ref)
    _check_heading(page, delivery_date, product_minutes, source_ref)
    starts = delivery_starts(delivery_date, product_minutes)
    labels = [_text(label) for label in page.css("div.js-table-times li > a")]
    cells = [[_text(cell) for cell in row.css("td")] for row in table.css("tbody > tr")]
    _check_columns(cells, source_ref)
    labels, cells = _without_empty_hour(labels, cells, len(starts))
    numbers = [[_number(cell, source_ref) for cell in row] for row in cells]
    if product_minutes * QUARTERS_PER_HOUR == 60:  # noqa: PLR2004 - minutes of an hour
        numbers = _without_aggregates(numbers, len(starts), source_ref)
    if len(numbers) != len(starts) or len(labels) != len(starts):
        raise RowCountError(
            f"{source_ref}: {len(numbers)} rows and {len(labels)} labels for {delivery_date}, "
            f"which has {len(starts)} periods of {product_minutes} minutes.",
            "Compare the page with the civil day; on days of clock change the site warns of display faults.",
        )
    check_labels(labels, starts, product_minutes, source_ref)
    rows = [_row(start, product_minutes, row, source_ref) for start, row in zip(starts, numbers, strict=True)]
    _check_baseload(table, rows, source_ref)
    return rows


def widget_of_ajax_answer(body: str, source_ref: str) -> str:
    """The HTML inside the JSON list of commands that the site's own script gets.

    Raises:
        UnreadablePageError: it is no JSON list of commands.
        NoTableError: no command puts anything into the results' place.
    """
    try:
        commands = json.loads(body)
    except json.JSONDecodeError as error:
        raise UnreadablePageError(
            f"{source_ref}: starts like JSON but is none ({error}).", "Fetch it again."
        ) from error
    for command in commands:
        if not isinstance(command, dict) or command.get("command") != "invoke":
            continue
        arguments = command.get("args")
        if command.get("selector") == ".js-md-widget" and isinstance(arguments, list) and arguments:
            return f'<div class="js-md-widget">{arguments[0]}</div>'
    raise NoTableError(
        f"{source_ref}: no command of the JSON answer fills .js-md-widget ({len(commands)} commands).",
        "Fetch it again; if it stays so, the site has changed.",
    )


def _select(html: str) -> Selector:
    from parsel import Selector  # noqa: PLC0415 - lxml is not needed to import the errors and the row type

    return Selector(html or "<html></html>")


def _text(node: Selector) -> str:
    return " ".join((node.xpath("string()").get() or "").split())


def _results(page: Selector, html: str, source_ref: str) -> Selector:
    """The table of values, or the reason why there is none."""
    tables = page.css("div.js-table-values table")
    if tables:
        return tables[0]
    said = _text(page).lower()
    if page.css(".no-data-section") or "no data for this combination" in said:
        raise NoDataError(
            f"{source_ref}: the site says that it has no data for this combination.",
            "Prices of a day appear on the day before at about 13:00 Paris time; ask again later.",
        )
    if not page.css(".js-md-widget") and any(mark in said for mark in GATEWAY_MARKS):
        raise GatewayErrorPageError(
            f"{source_ref}: a gateway's error page ({_first_heading(page)!r}), not the price page.",
            "Fetch it again later.",
        )
    if not page.css(".js-md-widget") and any(mark in said for mark in HUMAN_CHECK_MARKS):
        raise HumanCheckPageError(
            f"{source_ref}: the site asks for a proof of being human.",
            "Open the page in a browser, save it, and load the directory of saved pages instead.",
        )
    raise NoTableError(
        f"{source_ref}: no table of results ({len(html)} characters; expected div.js-table-values table).",
        "Fetch it again; if it stays so, the site has changed.",
    )


def _first_heading(page: Selector) -> str:
    headings = page.css("h1, title")
    return _text(headings[0]) if headings else ""


def _check_heading(page: Selector, delivery_date: date, product_minutes: int, source_ref: str) -> None:
    headings = page.css("div.table-container h2")
    parts = [part.strip() for part in _text(headings[0]).split(">")] if headings else []
    shown = " > ".join(parts)
    # "Auction > Day-Ahead > SDAC > [15min >] FR > 20 August 2025": the product stands there for some products only.
    product = f"{product_minutes}min"
    expected = [*HEADING, product, MARKET_AREA]
    if parts[:-1] not in (expected, [part for part in expected if part != product]):
        raise WrongMarketTableError(
            f"{source_ref}: the table is of {shown!r}, expected {' > '.join(expected)}.", "Fetch it again."
        )
    if not page.css("div.custom-tables").xpath(f'self::*[contains(concat(" ", @class, " "), " {product} ")]'):
        raise WrongMarketTableError(f"{source_ref}: the table is not the one of {product}.", "Fetch it again.")
    shown_date = _date_of(parts[-1], source_ref)
    if shown_date != delivery_date:
        raise WrongDayError(f"{source_ref}: shows {shown_date}, but {delivery_date} was asked for.", "Fetch it again.")


def _date_of(text: str, source_ref: str) -> date:
    # The month's name is English whatever the locale of this process: strptime would depend on it.
    match = re.fullmatch(r"(\d{1,2}) ([A-Za-z]+) (\d{4})", text)
    if match is None or match[2].lower() not in MONTHS:
        raise UnreadablePageError(
            f"{source_ref}: {text!r} in the heading is no date like '20 August 2025'.", "The site may have changed."
        )
    return date(int(match[3]), MONTHS.index(match[2].lower()) + 1, int(match[1]))


def _check_columns(cells: Sequence[Sequence[str]], source_ref: str) -> None:
    widths = {len(row) for row in cells}
    if widths != {len(COLUMNS)}:
        raise WrongMarketTableError(
            f"{source_ref}: {len(cells)} rows of {sorted(widths)} columns, expected {len(COLUMNS)} "
            f"({', '.join(COLUMNS)}).",
            "Fetch it again; if it stays so, the site has changed.",
        )


def _without_empty_hour(labels: list[str], cells: list[list[str]], expected: int) -> tuple[list[str], list[list[str]]]:
    """Drop the hour that a spring day skips where the table keeps empty rows for it.

    Assumed, not seen: no saved page of a spring change day is known; both a table of 23 hours and one of 24 with an
    hour of dashes are read, anything else fails on its row count.
    """
    if len(labels) != len(cells) or len(cells) <= expected:
        return labels, cells
    kept = [i for i, row in enumerate(cells) if any(cell not in {"", "-"} for cell in row)]
    if len(kept) != expected:
        return labels, cells
    return [labels[i] for i in kept], [cells[i] for i in kept]


def _number(text: str, source_ref: str) -> float | None:
    if text in {"", "-"}:
        return None
    if re.fullmatch(r"[-\u2212]?\d{1,3}(,\d{3})*(\.\d+)?|[-\u2212]?\d+(\.\d+)?", text) is None:
        raise UnreadablePageError(
            f"{source_ref}: {text!r} in the table is no number like '1,234.5' or '-0.01'.", "The site may have changed."
        )
    return float(text.replace(",", "").replace("\u2212", "-"))


def _without_aggregates(numbers: list[list[float | None]], quarters: int, source_ref: str) -> list[list[float | None]]:
    """Drop the hourly rows that some quarter-hourly tables hold after each four quarters, once each proves to be one.

    Raises:
        AggregatedRowsError: there are as many rows as with aggregates, but one is not mean and sums of its quarters.
    """
    group = QUARTERS_PER_HOUR + 1
    if len(numbers) != quarters // QUARTERS_PER_HOUR * group:
        return numbers
    kept: list[list[float | None]] = []
    for first in range(0, len(numbers), group):
        members, aggregate = numbers[first : first + QUARTERS_PER_HOUR], numbers[first + QUARTERS_PER_HOUR]
        if not _is_aggregate(members, aggregate):
            raise AggregatedRowsError(
                f"{source_ref}: row {first + group} of {len(numbers)} should be the hour's sums and mean price of the "
                f"four rows before it, but is {aggregate} after {members}.",
                "Nothing was read from this page; fetch it again or leave the day out.",
            )
        kept.extend(members)
    return kept


def _is_aggregate(members: Sequence[Sequence[float | None]], aggregate: Sequence[float | None]) -> bool:
    *volumes, price = aggregate
    prices = [row[-1] for row in members]
    if price is None or any(p is None for p in prices):
        return False
    if abs(sum(p for p in prices if p is not None) / len(prices) - price) > PRICE_ROUNDING:
        return False
    # "Volume" is the larger of buy and sell of each period, so the hour's is checked as the others are: as a sum.
    for column, volume in enumerate(volumes):
        parts = [row[column] for row in members]
        if volume is None or any(part is None for part in parts):
            return False
        if abs(sum(part for part in parts if part is not None) - volume) > VOLUME_ROUNDING:
            return False
    return True


def _row(start: datetime, product_minutes: int, row: Sequence[float | None], source_ref: str) -> PriceRow:
    buy, sell, volume, price = row
    if price is None:
        raise UnreadablePageError(
            f"{source_ref}: no price for the period that starts at {start:%Y-%m-%dT%H:%MZ}.",
            "The page may be of an auction that is not closed yet; fetch it again later.",
        )
    return PriceRow(start, product_minutes, price, volume, buy, sell)


def _check_baseload(table: Selector, rows: Sequence[PriceRow], source_ref: str) -> None:
    for line in table.css("thead tr"):
        heads = [_text(head) for head in line.css("th")]
        if heads[:1] == ["Baseload"] and len(heads) > 1:
            baseload = _number(heads[1], source_ref)
            mean = sum(row.price_eur_per_mwh for row in rows) / len(rows)
            if baseload is not None and abs(mean - baseload) > PRICE_ROUNDING:
                raise BaseloadError(
                    f"{source_ref}: the page gives a baseload of {baseload:.2f} EUR/MWh, "
                    f"but its {len(rows)} prices have the mean {mean:.4f}.",
                    "Nothing was read from this page; fetch it again or leave the day out.",
                )
