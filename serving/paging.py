"""Keyset pages over a mart: query parameters, cursor, SQL."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from psycopg import sql
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema

from serving.datasets import City, Dataset
from serving.problem import invalid_field

MARTS = "marts"
MOST_ROWS = 5_000
DEFAULT_ROWS = 200
FIRST_YEAR, LAST_YEAR = 2000, 2100
MODEL_NAME = r"^[a-z][a-z0-9_]{0,49}$"
EXPECTED_INSTANT = "expected an ISO 8601 instant with offset (2024-01-01T00:00Z) or a date (2024-01-01)"
PARIS = ZoneInfo("Europe/Paris")


def parse_instant(value: object) -> datetime:
    """Read ``2024-01-01T00:00Z`` (any offset), or ``2024-01-01``: the start of that civil day of France.

    Raises:
        ValueError: it is neither, or lies outside the years 2000-2100.
    """
    if not isinstance(value, str):
        raise ValueError(EXPECTED_INSTANT)  # noqa: TRY004 - pydantic reports ValueError only
    text = value.strip()
    # A "+" that was not written as %2B arrives as a space: there is only one thing it can have been.
    text = re.sub(r" (\d\d:?\d\d)$", r"+\1", text)
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            instant = datetime.combine(date.fromisoformat(text), time(), PARIS)
        else:
            instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(EXPECTED_INSTANT) from error
    if instant.tzinfo is None:
        raise ValueError(f"{EXPECTED_INSTANT}; this one has no offset")
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"expected a year from {FIRST_YEAR} to {LAST_YEAR}")
    return instant.astimezone(UTC)


def parse_day(value: object) -> date:
    """Read ``2024-01-01``.

    Raises:
        ValueError: it is no such date, or lies outside the years 2000-2100.
    """
    if type(value) is date:  # BentoML applies the validators of a field twice
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
        raise ValueError("expected a date like 2024-01-31")
    try:
        day = date.fromisoformat(value.strip())
    except ValueError as error:
        raise ValueError("expected a date like 2024-01-31; there is no such day") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"expected a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


Instant = Annotated[datetime, BeforeValidator(parse_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[date, BeforeValidator(parse_day), WithJsonSchema({"type": "string", "format": "date"})]


class Page(BaseModel):
    """What every list can be asked."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=DEFAULT_ROWS, ge=1, le=MOST_ROWS, description="Rows per page.")
    cursor: str | None = Field(
        default=None, max_length=500, description="`next_cursor` of the page before; keep the other parameters equal."
    )


class SpanPage(Page):
    """A page of instants in [start, end)."""

    start: Instant | None = Field(
        default=None,
        description="First instant (inclusive). A bare date is the start of that civil day of France.",
        examples=["2024-01-01T00:00Z"],
    )
    end: Instant | None = Field(
        default=None, description="End of the span (exclusive), written alike.", examples=["2024-01-08"]
    )


class ForecastPage(SpanPage):
    """A page of forecasts."""

    model_name: str | None = Field(default=None, pattern=MODEL_NAME, description="ours or combined.")


class WeatherPage(SpanPage):
    """A page of weather."""

    city: City | None = Field(default=None, description="One of the ten cities.")


class DayPage(Page):
    """A page of civil days of France in [start, end)."""

    start: Day | None = Field(default=None, description="First day (inclusive).", examples=["2024-01-01"])
    end: Day | None = Field(default=None, description="End of the span (exclusive).", examples=["2024-02-01"])


def check_span(start: Any, end: Any) -> None:
    """Refuse a span that ends before it starts.

    Raises:
        Problem: 422 that names ``end``.
    """
    if start is not None and end is not None and end < start:
        raise invalid_field("end", "expected an end at or after start")


def make_cursor(dataset: Dataset, row: dict[str, Any]) -> str:
    """Opaque text that stands for everything up to ``row``."""
    values = [row[column] for column in dataset.key]
    texts = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps([dataset.name, *texts]).encode()).decode().rstrip("=")


def read_cursor(dataset: Dataset, cursor: str) -> tuple[Any, ...]:
    """Key of the last row of the page before.

    Raises:
        Problem: 422 that names ``cursor``: it is not one that this list gave out.
    """
    try:
        name, *texts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if name != dataset.name:
            raise ValueError(f"the cursor is one of /v1/{name}")  # noqa: TRY301 - one answer to all of them
        fields = dataset.row.model_fields
        return tuple(
            TypeAdapter[Any](fields[column].annotation or str).validate_python(text)
            for column, text in zip(dataset.key, texts, strict=True)
        )
    except (ValueError, TypeError, ValidationError, binascii.Error) as error:
        raise invalid_field("cursor", f"expected the next_cursor of a page of /v1/{dataset.name}") from error


def page_query(dataset: Dataset, page: SpanPage | DayPage) -> tuple[sql.Composed, list[Any]]:
    """SQL and values of one page, with one row more than asked for: it says whether there is a next page."""
    conditions: list[sql.Composable] = [sql.SQL("true")]
    values: list[Any] = []

    def where(condition: sql.Composable, *given: Any) -> None:
        conditions.append(condition)
        values.extend(given)

    check_span(page.start, page.end)
    moment = sql.Identifier(dataset.time_column)
    if page.start is not None:
        where(sql.SQL("{} >= %s").format(moment), page.start)
    if page.end is not None:
        where(sql.SQL("{} < %s").format(moment), page.end)
    for column in dataset.filters:
        wanted = getattr(page, column)
        if wanted is not None:
            where(sql.SQL("{} = %s").format(sql.Identifier(column)), wanted)
    key = sql.SQL(", ").join(map(sql.Identifier, dataset.key))
    if page.cursor is not None:
        after = read_cursor(dataset, page.cursor)
        marks = sql.SQL(", ").join(sql.Placeholder() * len(after))
        where(sql.SQL("({}) > ({})").format(key, marks), *after)
    query = sql.SQL("select {} from {} where {} order by {} limit %s").format(
        sql.SQL(", ").join(map(sql.Identifier, dataset.columns)),
        sql.Identifier(MARTS, dataset.table),
        sql.SQL(" and ").join(conditions),
        key,
    )
    return query, [*values, page.limit + 1]
