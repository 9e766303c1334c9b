"""From rows of a query to a plot: positions, stacks, domains, ticks."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from reports import formats
from reports.charts.plot import Mark, Plot, Reference, Series, Tick, position
from reports.charts.ticks import number_axis, time_axis

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.engine import Result

BAR_SHARE = 0.78
"""Part of a category's room that its bars take."""
LABEL_PIXELS = 6.6
"""Mean width of a character of an axis label."""
_CATEGORY_STEPS = (1, 2, 3, 4, 6, 8, 12, 24, 48)


@dataclass
class Scale:
    """How values of the x column become positions."""

    column: str
    kind: str
    """``number``, ``time`` or ``category``."""
    code: str | None = None
    """How a value of the column is written."""
    categories: list[str] = field(default_factory=list)

    def position(self, value: Any) -> float:
        """Where a value stands."""
        if self.kind == "category":
            return float(self.categories.index(formats.write(value)))
        return position(value)


def x_scale(result: Result, column: str, code: str | None, *, sort_by: str | None) -> Scale:
    """The scale of a column; categories stand in the order of the rows, or by falling ``sort_by``."""
    kind = result.kinds[column]
    if kind == "number":
        return Scale(column, "number", code)
    if kind in {"date", "datetime"}:
        return Scale(column, "time", code)
    totals: dict[str, float] = {}
    for row in result.rows:
        key = formats.write(row[column])
        totals[key] = totals.get(key, 0.0) + (float(row[sort_by] or 0) if sort_by else 0.0)
    order = list(totals)
    return Scale(column, "category", code, sorted(order, key=lambda key: -totals[key]) if sort_by else order)


@dataclass
class Layer:
    """What one component (``<Line>``, ``<Bar>``…) asks for."""

    mark: Mark
    columns: list[str]
    series: str | None = None
    name: str | None = None
    colors: dict[str, str] = field(default_factory=dict)
    color: str | None = None
    style: dict[str, Any] = field(default_factory=dict)
    stack: str = "none"
    """``none``, ``stacked``, ``stacked100`` or ``grouped``."""
    order: list[str] = field(default_factory=list)
    missing: str = "gap"


def expand(layer: Layer, result: Result, scale: Scale, title: Callable[[str], str]) -> list[Series]:
    """The series of a layer, in order, not yet stacked; ``title`` names a column."""
    groups: dict[str, list[tuple[dict[str, Any], str]]] = {}
    for column in layer.columns:
        for row in result.rows:
            if layer.series:
                name = formats.write(row[layer.series])
                name = name if len(layer.columns) == 1 else f"{name}, {title(column)}"
            else:
                name = layer.name or title(column)
            groups.setdefault(name, []).append((row, column))
    ordered = [name for name in layer.order if name in groups]
    ordered += [name for name in groups if name not in ordered]
    return [_series(layer, name, groups[name], scale) for name in ordered]


def _series(layer: Layer, name: str, rows: list[tuple[dict[str, Any], str]], scale: Scale) -> Series:
    x = scale.column
    points = [
        (scale.position(row[x]), None if row[column] is None else float(row[column]), formats.write(row[x], scale.code))
        for row, column in rows
        if row[x] is not None
    ]
    if layer.missing == "connect":
        points = [point for point in points if point[1] is not None]
    elif layer.missing == "zero":
        points = [(at, value or 0.0, label) for at, value, label in points]
    if layer.mark != "point":
        points.sort(key=lambda point: point[0])
    return Series(
        name=name,
        mark=layer.mark,
        color=layer.color or layer.colors.get(name, ""),
        x=[point[0] for point in points],
        y=[point[1] for point in points],
        labels=[point[2] for point in points],
        column=rows[0][1],
        **layer.style,
    )


def arrange(series: list[Series], stack: str, gap: float) -> None:
    """Give bars their width and put stacked series upon one another."""
    if stack == "stacked100":
        _to_shares(series)
    if stack in {"stacked", "stacked100"}:
        heights: dict[tuple[float, bool], float] = {}
        for item in series:
            item.base = []
            for at, value in zip(item.x, item.y, strict=True):
                key = (at, (value or 0) >= 0 or item.mark == "area")
                item.base.append(heights.get(key, 0.0))
                heights[key] = heights.get(key, 0.0) + (value or 0.0)
    bars = [item for item in series if item.mark == "bar"]
    count = len(bars) if stack == "grouped" else 1
    for index, item in enumerate(bars):
        room = gap * BAR_SHARE / count
        item.half_width = room / 2 * (0.94 if count > 1 else 1)
        if count > 1:
            offset = (index - (count - 1) / 2) * room
            item.x = [at + offset for at in item.x]


def _to_shares(series: list[Series]) -> None:
    totals: dict[float, float] = {}
    for item in series:
        for at, value in zip(item.x, item.y, strict=True):
            totals[at] = totals.get(at, 0.0) + (value or 0.0)
    for item in series:
        item.y = [(value or 0.0) / totals[at] if totals[at] else 0.0 for at, value in zip(item.x, item.y, strict=True)]


def smallest_gap(series: list[Series]) -> float:
    """The least distance between two positions; 1 where there is but one."""
    positions = sorted({at for item in series for at in item.x})
    return min((b - a for a, b in pairwise(positions)), default=1.0)


@dataclass(frozen=True)
class Axes:
    """What the page says about the axes."""

    y_code: str | None = None
    x_code: str | None = None
    y_min: float | None = None
    y_max: float | None = None
    y_fit: bool = False
    x_min: float | None = None
    x_max: float | None = None


def assemble(
    series: list[Series], scale: Scale, axes: Axes, references: list[Reference], *, width: int, height: int, swap: bool
) -> Plot:
    """Domains and ticks for a width in pixels."""
    y_domain, y_ticks = _y_axis(series, axes, references, count=max(3, (width - 80) // 90 if swap else height // 52))
    x_domain, x_ticks = _x_axis(series, scale, axes, room=height if swap else width - 60, swap=swap)
    if any(item.mark == "point" for item in series) and scale.kind == "number":
        low = x_domain[0] if axes.x_min is None else axes.x_min
        x_domain, x_ticks = number_axis(low, x_domain[1], count=max(3, width // 110), code=axes.x_code)
    return Plot(series, x_domain, y_domain, x_ticks, y_ticks, height=height, swap=swap, references=references)


def _y_axis(
    series: list[Series], axes: Axes, references: list[Reference], *, count: int
) -> tuple[tuple[float, float], list[Tick]]:
    values: list[float] = []
    for item in series:
        if not item.visible:
            continue
        values += [top for top in item.tops if top is not None]
        if item.mark in {"area", "bar"}:
            values += item.base or [0.0]
    values += [bound for reference in references for bound in (reference.y, reference.y2) if bound is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if not axes.y_fit:
        low, high = min(low, 0.0), max(high, 0.0)
    fixed_low, fixed_high = axes.y_min, axes.y_max
    domain, ticks = number_axis(
        low if fixed_low is None else fixed_low,
        high if fixed_high is None else fixed_high,
        count=count,
        code=axes.y_code,
    )
    if fixed_low is None and fixed_high is None:
        return domain, ticks
    domain = (domain[0] if fixed_low is None else fixed_low, domain[1] if fixed_high is None else fixed_high)
    return domain, [tick for tick in ticks if domain[0] <= tick[0] <= domain[1]]


def _x_axis(
    series: list[Series], scale: Scale, axes: Axes, *, room: float, swap: bool
) -> tuple[tuple[float, float], list[Tick]]:
    if scale.kind == "category":
        bars = any(item.mark == "bar" for item in series)
        margin = 0.5 if bars or len(scale.categories) == 1 else 0.0
        domain = (-margin, len(scale.categories) - 1 + margin)
        every = 1 if swap else _category_step(scale.categories, room)
        ticks = [(float(i), text) for i, text in enumerate(scale.categories) if i % every == 0]
        return domain, ticks
    edges = [at + side * item.half_width for item in series for at in item.x for side in (-1, 1)]
    low, high = min(edges, default=0.0), max(edges, default=1.0)
    low = low if axes.x_min is None else axes.x_min
    high = high if axes.x_max is None else axes.x_max
    if scale.kind == "time":
        return (low, high), time_axis(low, high, count=max(3, int(room // 78)))
    _, ticks = number_axis(low, high, count=max(3, int(room // 70)), code=axes.x_code, grow=False)
    return (low, high), ticks


def _category_step(categories: list[str], room: float) -> int:
    widest = max(len(text) for text in categories) * LABEL_PIXELS + 22
    fitting = max(1, int(room // widest))
    return next((step for step in _CATEGORY_STEPS if len(categories) / step <= fitting), len(categories))
