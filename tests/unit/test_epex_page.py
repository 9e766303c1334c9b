"""The price page's parser, on pages written here in the form of the exchange's."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conso.errors import SourceError
from ingest.epex import errors
from ingest.epex.page import delivery_starts, parse_page

pytestmark = pytest.mark.unit

ORDINARY, SPRING, AUTUMN = date(2026, 2, 3), date(2026, 3, 29), date(2025, 10, 26)


def hour_labels(hours=range(24)):
    return [f"{h:02d} - {h + 1:02d}" for h in hours]


def quarter_labels():
    return [f"{m // 60:02d}:{m % 60:02d} - {(m + 15) // 60:02d}:{(m + 15) % 60:02d}" for m in range(0, 24 * 60, 15)]


def row_of(price):
    return ["5,167.2", "11,435.1", "11,435.1", f"{price:,.2f}"]


def page(rows, labels, *, heading="Auction > Day-Ahead > SDAC > FR > 03 February 2026", product="60min", baseload=None):
    times = "".join(f'<li class="child no-children"><a href="#">{label}</a></li>' for label in labels)
    body = "".join("<tr class='child'>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    index = f"<tr><th>Baseload</th><th><span>{baseload}</span></th></tr>" if baseload is not None else ""
    return f"""<html><body><h2 class="disclaimer-title">Welcome</h2><div class="content js-md-widget">
      <div class="table-container"><h2> {heading.replace(">", "&gt;").replace(" ", chr(10) + "  ")} </h2>
      <div class="custom-tables {product}"><div class="fixed-column js-table-times"><ul>{times}</ul></div>
      <div class="js-table-values"><table><thead>{index}<tr><th>Buy</th></tr></thead><tbody>{body}</tbody></table></div>
      </div></div></div></body></html>"""


def heading_of(day, product=""):
    months = {2: "February", 3: "March", 10: "October"}
    return f"Auction > Day-Ahead > SDAC > {product}FR > {day.day:02d} {months[day.month]} {day.year}"


def parse(html, day=ORDINARY, product_minutes=60):
    return parse_page(html, delivery_date=day, product_minutes=product_minutes, source_ref="a page")


def test_hours_of_an_ordinary_day():
    prices = [82.1, 0.0, -0.01, -500.0, 3999.99, *([10.0] * 19)]
    rows = parse(page([row_of(p) for p in prices], hour_labels(), baseload=f"{sum(prices) / 24:.2f}"))
    assert [row.price_eur_per_mwh for row in rows] == prices
    assert rows[0].delivery_start_utc == datetime(2026, 2, 2, 23, tzinfo=UTC)
    assert rows[-1].delivery_start_utc == datetime(2026, 2, 3, 22, tzinfo=UTC)
    assert (rows[0].buy_volume_mwh, rows[0].sell_volume_mwh, rows[0].volume_mwh) == (5167.2, 11435.1, 11435.1)
    assert {row.product_minutes for row in rows} == {60}


@given(st.lists(st.integers(-50_000, 400_000), min_size=24, max_size=24))
@pytest.mark.property
def test_every_price_comes_through_untouched(cents):
    prices = [c / 100 for c in cents]
    rows = parse(page([row_of(p) for p in prices], hour_labels()))
    assert [row.price_eur_per_mwh for row in rows] == prices


def test_empty_volumes_are_none_but_an_empty_price_is_an_error():
    rows = [row_of(1.0)] * 24
    rows[3] = ["-", "", "-", "2.00"]
    parsed = parse(page(rows, hour_labels()))
    assert (parsed[3].buy_volume_mwh, parsed[3].volume_mwh, parsed[3].price_eur_per_mwh) == (None, None, 2.0)
    rows[3] = ["1.0", "1.0", "1.0", "-"]
    with pytest.raises(errors.UnreadablePageError, match="2026-02-03T02:00Z"):
        parse(page(rows, hour_labels()))


def test_a_cell_that_is_no_number_is_named():
    rows = [row_of(1.0)] * 24
    rows[5] = ["1.0", "1.0", "1.0", "1.234,50"]
    with pytest.raises(errors.UnreadablePageError, match=r"1\.234,50"):
        parse(page(rows, hour_labels()))


# -- quarters -------------------------------------------------------------------------------------------------------

QUARTER_HEADING = heading_of(ORDINARY, "15min > ")


def quarter_rows(day=ORDINARY):
    return [["1.1", "2.2", "2.2", f"{i / 10:.2f}"] for i in range(len(delivery_starts(day, 15)))]


def with_aggregates(rows):
    result = []
    for first in range(0, len(rows), 4):
        result += rows[first : first + 4]
        mean = sum(float(row[3]) for row in rows[first : first + 4]) / 4
        result.append(["4.4", "8.8", "8.8", f"{mean:.2f}"])
    return result


def test_quarters_with_and_without_hourly_rows_are_the_same():
    plain = page(quarter_rows(), quarter_labels(), heading=QUARTER_HEADING, product="15min")
    mixed = page(with_aggregates(quarter_rows()), quarter_labels(), heading=QUARTER_HEADING, product="15min")
    assert mixed.count("<tr class=") == 120
    assert parse(plain, product_minutes=15) == parse(mixed, product_minutes=15)
    assert len(parse(mixed, product_minutes=15)) == 96


@pytest.mark.parametrize("column", [0, 1, 2, 3])
def test_an_hourly_row_that_does_not_add_up_refuses_the_page(column):
    rows = with_aggregates(quarter_rows())
    rows[14][column] = f"{float(rows[14][column]) + 0.5:.2f}"
    with pytest.raises(errors.AggregatedRowsError, match="row 15 of 120"):
        parse(page(rows, quarter_labels(), heading=QUARTER_HEADING, product="15min"), product_minutes=15)


# -- days of clock change -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "doubled",
    [["02A - 03", "02B - 03"], ["02a - 02b", "02b - 03"], ["02 - 03", "02 - 03"], ["3A", "3B"], ["02 - 3A", "02 - 3B"]],
)
def test_a_day_of_25_hours_whatever_the_doubled_hour_is_called(doubled):
    labels = [*hour_labels(range(2)), *doubled, *hour_labels(range(3, 24))]
    rows = parse(page([row_of(float(i)) for i in range(25)], labels, heading=heading_of(AUTUMN)), AUTUMN)
    starts = [row.delivery_start_utc for row in rows]
    assert starts == delivery_starts(AUTUMN, 60)
    assert starts[0] == datetime(2025, 10, 25, 22, tzinfo=UTC)
    assert (len(rows), rows[2].price_eur_per_mwh, rows[3].price_eur_per_mwh) == (25, 2.0, 3.0)


def test_a_day_of_23_hours_with_and_without_an_empty_row():
    present = [h for h in range(24) if h != 2]
    short = page([row_of(float(h)) for h in present], hour_labels(present), heading=heading_of(SPRING))
    filled = page(
        [row_of(float(h)) if h != 2 else ["-"] * 4 for h in range(24)], hour_labels(), heading=heading_of(SPRING)
    )
    assert parse(short, SPRING) == parse(filled, SPRING)
    assert [row.price_eur_per_mwh for row in parse(short, SPRING)] == [float(h) for h in present]


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 24), (AUTUMN, 24), (ORDINARY, 23), (ORDINARY, 25)])
def test_a_wrong_number_of_hours_is_refused(day, hours):
    html = page([row_of(1.0)] * hours, hour_labels(range(hours)), heading=heading_of(day))
    with pytest.raises(errors.RowCountError, match=f"{hours} rows"):
        parse(html, day)


@pytest.mark.parametrize("day", [ORDINARY, AUTUMN])
def test_rows_out_of_order_are_refused_change_day_or_not(day):
    labels = hour_labels() if day == ORDINARY else [*hour_labels(range(3)), "02 - 03", *hour_labels(range(3, 24))]
    labels[10], labels[11] = labels[11], labels[10]
    with pytest.raises(errors.RowCountError, match="labelled"):
        parse(page([row_of(1.0)] * len(labels), labels, heading=heading_of(day)), day)


# -- what is wrong with pages ---------------------------------------------------------------------------------------


def good(heading="Auction > Day-Ahead > SDAC > FR > 03 February 2026", product="60min", baseload=None):
    return page([row_of(1.0)] * 24, hour_labels(), heading=heading, product=product, baseload=baseload)


@pytest.mark.parametrize(
    ("html", "error"),
    [
        (good(heading=heading_of(date(2026, 2, 2))), errors.WrongDayError),
        (good(heading="Auction > Day-Ahead > SDAC > DE-LU > 03 February 2026"), errors.WrongMarketTableError),
        (good(heading="Continuous > 60min > FR > 03 February 2026"), errors.WrongMarketTableError),
        (good(heading="Auction > Intraday > SIDC > FR > 03 February 2026"), errors.WrongMarketTableError),
        (good(product="30min"), errors.WrongMarketTableError),
        (page([["1"] * 7] * 168, hour_labels() * 7), errors.WrongMarketTableError),
        (good(heading=heading_of(ORDINARY).replace("February", "février")), errors.UnreadablePageError),
        (good(baseload="1.02"), errors.BaseloadError),
        (
            '<div class="js-md-widget"><div class="no-data-section">No data for this combination</div></div>',
            errors.NoDataError,
        ),
        (
            "<html><title>ERROR: The request could not be satisfied</title><h1>504 ERROR</h1></html>",
            errors.GatewayErrorPageError,
        ),
        ("<html><h1>Human Verification</h1></html>", errors.HumanCheckPageError),
        ('<form></form><div class="js-md-widget"></div>', errors.NoTableError),
        ("", errors.NoTableError),
    ],
)
def test_each_failure_has_its_name(html, error):
    with pytest.raises(error) as caught:
        parse(html)
    assert isinstance(caught.value, SourceError)
    assert caught.value.cause.startswith("a page: ")
    assert caught.value.remedy


def test_a_page_of_another_product_is_refused():
    with pytest.raises(errors.WrongMarketTableError):
        parse(good(), product_minutes=15)


# -- the answer of the site's own script -----------------------------------------------------------------------------


def test_the_script_s_answer_reads_as_the_page_does():
    widget = good().split('<div class="content js-md-widget">')[1]
    commands = [
        {"command": "settings", "settings": {}},
        {"command": "invoke", "selector": ".js-md-sidebar", "method": "html", "args": ["<p>no</p>"]},
        {"command": "invoke", "selector": ".js-md-widget", "method": "html", "args": [widget]},
    ]
    assert parse(json.dumps(commands)) == parse(good())


@pytest.mark.parametrize(("text", "error"), [("[{", errors.UnreadablePageError), ("[]", errors.NoTableError)])
def test_a_script_s_answer_without_results(text, error):
    with pytest.raises(error):
        parse(text)
