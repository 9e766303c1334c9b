"""The price page: markup of the exchange's structure around generated prices, and the failures that it is known for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ingest.demo.answers import Answer, Query, json_answer, text_answer
from ingest.demo.clock import (
    FIRST_PRICE_DAY,
    FIRST_QUARTER_PRICE_DAY,
    QUARTERS_PER_HOUR,
    Timetable,
    paris_midnight_utc,
    to_paris,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.demo.civil import Indices
    from ingest.demo.generator import World
    from ingest.demo.noise import Floats

PATH = "/en/market-results"
ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /search/\n"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
EXPECTED = {
    "market_area": "FR",
    "auction": "MRC",
    "modality": "Auction",
    "sub_modality": "DayAhead",
    "data_mode": "table",
}
MINUTES_PER_HOUR, HOURS_PER_DAY = 60, 24
PEAK_HOURS = (8, 20)
NOTE = "Synthetic prices of a demonstration: generated, not those of any exchange."


def answer(world: World, timetable: Timetable, query: Query) -> Answer:
    """The page for the day and product asked, or one of the site's own ways of saying no.

    With ``ajax_form=1`` the same as the JSON list of commands that the site's script gets.
    """
    widget = _widget(world, timetable, query)
    if query.get("ajax_form") == "1":
        return json_answer(
            [
                {"command": "settings", "settings": {}, "merge": True},
                {"command": "invoke", "selector": ".js-md-sidebar", "method": "html", "args": [""]},
                {"command": "invoke", "selector": ".js-md-widget", "method": "html", "args": [widget]},
            ]
        )
    return text_answer(page(widget), "text/html; charset=UTF-8")


def _widget(world: World, timetable: Timetable, query: Query) -> str:
    if any(query.get(name) != value for name, value in EXPECTED.items()):
        return ""
    try:
        day = date.fromisoformat(query.get("delivery_date", ""))
    except ValueError:
        return ""
    first_quarters = day >= FIRST_QUARTER_PRICE_DAY
    product = query.get("product") or ("15" if first_quarters else "60")
    offered = {"60", "15"} if first_quarters else {"60"}
    if product not in offered or not FIRST_PRICE_DAY <= day <= timetable.last_price_day:
        return NO_DATA
    return table(world, day, int(product))


def page(widget: str) -> str:
    """The whole document around the results."""
    return (
        '<!DOCTYPE html>\n<html lang="en" dir="ltr">\n<head><meta charset="utf-8" />'
        "<title>Market Results | Demonstration</title></head>\n<body>\n"
        f'<p class="disclaimer">{NOTE}</p>\n'
        '<form class="market-data-filters-form" action="/en/market-results" method="post">'
        '<input type="hidden" name="form_id" value="market_data_filters_form" /></form>\n'
        f'<section><div class="content js-md-widget">\n{widget}\n</div>\n<div class="js-md-sidebar"></div></section>\n'
        '<div class="content-wrap js-md-content"></div>\n</body>\n</html>\n'
    )


NO_DATA = (
    '<div class="no-data-section"><div class="no-data-text"><i class="ss-alert"></i>'
    "No data for this combination</div></div>"
)
FORM_ONLY = page("")
GATEWAY_ERROR = (
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">\n'
    "<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY>\n"
    "<H1>504 ERROR</H1>\n<H2>The request could not be satisfied.</H2>\n</BODY></HTML>\n"
)
OTHER_MARKET = page(
    '<div class="table-container"><h2>Continuous &gt; 60min &gt; LV &gt; 19 June 2026</h2>'
    '<div class="custom-tables 60min"><div class="fixed-column js-table-times"><ul>'
    + "".join(f'<li class="child"><a href="#">{h:02d} - {h + 1:02d}</a></li>' for h in range(24))
    + '</ul></div><div class="js-table-values"><table><tbody>'
    + '<tr class="child">'
    + "<td>1.0</td>" * 7
    + "</tr>"
    + "</tbody></table></div></div></div>"
)


def table(world: World, day: date, product_minutes: int, *, with_aggregates: bool | None = None) -> str:
    """The results of one delivery day; quarters come with a row per hour after each four, as the site had them."""
    quarterly = product_minutes < MINUTES_PER_HOUR
    values, minutes = _results(world, day, quarterly=quarterly)
    rows = [_cells(row) for row in values]
    if with_aggregates or (with_aggregates is None and quarterly):
        rows = _with_aggregates(values)
    prices = values[:, 3]
    peak = (minutes >= PEAK_HOURS[0] * MINUTES_PER_HOUR) & (minutes < PEAK_HOURS[1] * MINUTES_PER_HOUR)
    product = f"{product_minutes}min"
    heading = ["Auction", "Day-Ahead", "SDAC", *([product] if quarterly else []), "FR", _written(day)]
    return (
        f'<div class="table-container">\n<h2>{" &gt; ".join(heading)}</h2>\n'
        f'<span class="last-update">Last update: {_written(day - timedelta(days=1))} (12:57:00 CET/CEST)</span>\n'
        f'<div class="custom-tables {product}">\n<div class="fixed-column js-table-times">'
        '<span class="fixed-head-column">Hours</span>\n'
        f"<ul>\n{_list(_labels(minutes.tolist(), product_minutes))}\n</ul></div>\n"
        f'<div class="js-table-values"><table data-head="{day:%d.%m.%y}" class="table-01 table-length-1">\n<thead>'
        f"{_index('Baseload', prices.mean(), 1)}{_index('Peakload', prices[peak].mean(), 2)}"
        "<tr><th>Buy Volume</th><th>Sell Volume</th><th>Volume</th><th>Price</th></tr></thead>\n"
        f"<tbody>\n{_body(rows)}\n</tbody></table></div>\n</div>\n</div>"
    )


def _results(world: World, day: date, *, quarterly: bool) -> tuple[Floats, Indices]:
    """Buy, sell, volume, price of each period of a civil day, (periods, 4), and its first minute on the wall clock."""
    auction = world.prices.quarter if quarterly else world.prices.hour
    grid = world.quarters_utc if quarterly else world.hours_utc
    begin, end = (
        int(np.searchsorted(grid, np.datetime64(paris_midnight_utc(d).replace(tzinfo=None), "m")))
        for d in (day, day + timedelta(days=1))
    )
    columns = (auction.buy_volume, auction.sell_volume, auction.volume, auction.price)
    local = to_paris(grid[begin:end])
    minutes = (local - local.astype("datetime64[D]")).astype(np.int64)
    return np.stack([column[begin:end] for column in columns], axis=1), minutes


def _cells(row: Floats) -> list[str]:
    *volumes, price = row
    return [*(f"{volume:,.1f}" for volume in volumes), f"{price:.2f}"]


def _written(day: date) -> str:
    return f"{day.day:02d} {MONTHS[day.month - 1]} {day.year}"


def _labels(minutes: Sequence[int], product_minutes: int) -> list[str]:
    """Wall-clock labels; the doubled hour of October is told apart as "02A" and "02B"."""
    texts = []
    doubled = [m for m in minutes if minutes.count(m) > 1]
    seen: set[int] = set()
    for minute in minutes:
        mark = ("B" if minute in seen else "A") if minute in doubled else ""
        seen.add(minute)
        last = minute + product_minutes
        if product_minutes == MINUTES_PER_HOUR:
            texts.append(f"{minute // 60:02d}{mark} - {last // 60:02d}")
        else:
            texts.append(f"{minute // 60:02d}{mark}:{minute % 60:02d} - {last // 60:02d}:{last % 60:02d}")
    return texts


def _list(labels: Sequence[str]) -> str:
    return "\n".join(f'<li class="child no-children"><a href="#">{label}</a></li>' for label in labels)


def _index(name: str, value: float, number: int) -> str:
    shown = f'<div class="flex day-{number}"><span>{value:.2f}</span></div>'
    return f'<tr class="flex-row"><th>{name}</th><th>{shown}</th></tr>\n'


def _with_aggregates(values: Floats) -> list[list[str]]:
    result = []
    for first in range(0, len(values), QUARTERS_PER_HOUR):
        hour = values[first : first + QUARTERS_PER_HOUR]
        result += [_cells(row) for row in hour]
        result.append(_cells(np.append(hour[:, :3].sum(axis=0), hour[:, 3].mean())))
    return result


def _body(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f'<tr class="child">{"".join(f"<td>{cell}</td>" for cell in row)}</tr>' for row in rows)
