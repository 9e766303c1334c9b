"""Round values for axes, written in French."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from reports import formats
from reports.charts.plot import Tick, instant, position

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
HOURS = '"h"'
"""End of the code of an axis that counts hours: those are round in threes and sixes."""
_ROUND = (1, 2, 2.5, 5, 10)


def nice_step(span: float, count: int) -> float:
    """A round step that cuts ``span`` into about ``count`` parts."""
    if span <= 0:
        return 1.0
    raw = span / max(count, 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return next(step for step in (factor * magnitude for factor in _ROUND) if step >= raw * 0.999)


def number_axis(
    low: float, high: float, *, count: int, code: str | None, grow: bool = True
) -> tuple[tuple[float, float], list[Tick]]:
    """Domain and ticks of a number axis; ``grow`` extends the domain to round values."""
    if high <= low:
        low, high = (low - 1, high + 1) if low == high else (high, low)
    step = nice_step(high - low, count)
    if code and code.endswith(HOURS):
        step = next((hours for hours in (1.0, 3.0, 6.0, 12.0, 24.0) if hours >= step), step)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if not grow:
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [round(index * step, 12) for index in range(first, last + 1)]
    domain = (values[0], values[-1]) if grow else (low, high)
    return domain, [(value, text) for value, text in zip(values, number_labels(values, code), strict=True)]


def number_labels(values: list[float], code: str | None) -> list[str]:
    """Write the values with as many decimals as it takes to write them exactly (nine at most)."""
    code = code or "#,##0.##"
    form, _ = formats.number_format(code)
    scaled = [value * form.factor for value in values]
    tolerance = 1e-6 * max((abs(b - a) for a, b in pairwise(scaled)), default=1.0)
    extra = next(
        (n for n in range(9) if all(abs(round(v, form.most_decimals + n) - v) <= tolerance for v in scaled)), 9
    )
    return [formats.number(value, code, extra_decimals=extra) for value in values]


def time_axis(low: float, high: float, *, count: int) -> list[Tick]:
    """Ticks of an axis in milliseconds: hours, days, months or years, whichever gives about ``count``."""
    span = high - low
    if span <= 3 * DAY_MS:
        hours = next((step for step in (1, 2, 3, 6, 12, 24) if span / (step * HOUR_MS) <= count), 24)
        return [(at, _hour_label(at)) for at in _every(low, high, hours * HOUR_MS)]
    days = span / DAY_MS
    if days <= count:
        return [(at, formats.moment(instant(at), "ddd d")) for at in _every(low, high, DAY_MS)]
    if days <= 62:  # noqa: PLR2004 - two months
        step = next(step for step in (2, 7, 14, 28) if days / step <= count or step == 28)  # noqa: PLR2004
        return [(at, formats.moment(instant(at), "d mmm")) for at in _every(low, high, step * DAY_MS)]
    months = next((step for step in (1, 2, 3, 6, 12) if days / 30.4 / step <= count), 0)
    if months and months < 12:  # noqa: PLR2004
        return [(at, _month_label(at)) for at in _months(low, high, months)]
    years = next(step for step in (1, 2, 5, 10, 20, 50) if days / 365 / step <= count)
    return [(at, str(instant(at).year)) for at in _months(low, high, 12 * years)]


def _hour_label(at: float) -> str:
    moment = instant(at)
    return formats.moment(moment, "ddd d") if moment.hour == 0 else f"{moment.hour}{formats.NO_BREAK}h"


def _month_label(at: float) -> str:
    moment = instant(at)
    return formats.moment(moment, "mmm") if moment.month > 1 else str(moment.year)


def _every(low: float, high: float, step: float) -> Iterator[float]:
    at = math.ceil(low / step) * step
    while at <= high:
        yield at
        at += step


def _months(low: float, high: float, step: int) -> Iterator[float]:
    start = instant(low)
    month = start.year * 12 + start.month - 1
    month += -month % step
    while (at := position(datetime(month // 12, month % 12 + 1, 1))) <= high:  # noqa: DTZ001 - civil
        if at >= low - timedelta(hours=1).total_seconds() * 1000:
            yield at
        month += step
