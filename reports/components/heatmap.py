"""Heatmap and CalendarHeatmap."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from reports import formats
from reports.charts import draw, vegalite
from reports.charts.plot import Cell, Grid, step_of
from reports.components.base import NARROW_WIDTH, Context, Html, Props, column_title, component, escape
from reports.components.chart import Drawing, figure
from reports.components.table import Column, behind_chart
from reports.engine import civil
from reports.markdown import french
from reports.theme import STEPS

if TYPE_CHECKING:
    from reports.engine import Result

_FRAME = {"title", "subtitle", "legend", "emptySet", "emptyMessage", "valueFmt", "min", "max", "colorScale"}
_HEATMAP = {*_FRAME, "valueLabels", "mobileValueLabels", "cellHeight", "nullsZero", "xAxisPosition", "borders"}
_CALENDAR = {*_FRAME, "yearLabel", "monthLabel", "dayLabel"}
WEEKS_ON_A_PHONE = 27
DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")


@component("Heatmap", _HEATMAP, required=("data", "x", "y", "value"))
def render_heatmap(context: Context, props: Props) -> Html:
    """A figure for each pair of two categories, as colour and number."""
    result = props.data()
    if empty := props.empty(result):
        return empty
    x, y = props.column("x", result), props.column("y", result)
    value = props.column("value", result, kind="number")
    low, high = _range(props, result, value)
    scale = _scale(props, context)
    across = list(dict.fromkeys(formats.write(row[x]) for row in result.rows))
    down = list(dict.fromkeys(formats.write(row[y]) for row in result.rows))
    values = {(formats.write(row[x]), formats.write(row[y])): row[value] for row in result.rows}
    if props.flag("nullsZero", default=True):
        values = {(a, b): values.get((a, b)) or 0 for a in across for b in down}
    pictures = {}
    for kind, width in (("wide", context.width), ("narrow", NARROW_WIDTH)):
        labelled = props.flag("valueLabels" if kind == "wide" else "mobileValueLabels", default=kind == "wide")
        cells = [
            Cell(i, j, step_of(values.get((a, b)), low, high, STEPS), _cell_text(props, values.get((a, b)), labelled))
            for i, a in enumerate(across)
            for j, b in enumerate(down)
        ]
        grid = _heatmap_grid(props, cells, (across, down), scale, width)
        pictures[kind] = draw.svg(vegalite.heat_map(grid, context.theme, width), kind=kind)
    words = _words(result, props, value, f"{x}", f"{y}")
    columns = _columns(result, value, props)
    table = behind_chart(context, result, columns, props)
    legend = _legend(props, low, high, context)
    return figure(props, Drawing(pictures["wide"], pictures["narrow"], legend, words, table))


def _heatmap_grid(props: Props, cells: list[Cell], axes: tuple[list[str], list[str]], scale: str, width: int) -> Grid:
    across, down = axes
    widest = max(len(text) for text in across) * vegalite.ROW_LABEL_WIDTH + 6
    left = max(len(text) for text in down) * vegalite.ROW_LABEL_WIDTH
    every = max(1, math.ceil(widest / ((width - left) / len(across))))
    return Grid(
        cells=cells,
        columns=len(across),
        rows=len(down),
        column_labels=[(i + 0.08, text) for i, text in enumerate(across) if i % every == 0],
        row_labels=[(j, text) for j, text in enumerate(down)],
        scale=scale,
        cell_height=props.number("cellHeight") or 26,
        gap=1.5,
    )


def _cell_text(props: Props, value: Any, labelled: bool) -> str:
    return props.write(value, "valueFmt") if labelled and value is not None else ""


@component("CalendarHeatmap", _CALENDAR, required=("data", "date", "value"))
def render_calendar(context: Context, props: Props) -> Html:
    """A figure for each day, a column a week, Monday on top."""
    result = props.data()
    if empty := props.empty(result):
        return empty
    day, value = props.column("date", result), props.column("value", result, kind="number")
    if result.kinds[day] not in {"date", "datetime"}:
        raise props.error(f"has date={day!r}, which is no date.", "Cast it to a date in the query.")
    low, high = _range(props, result, value)
    scale = _scale(props, context)
    days = {civil(row[day]).date(): row[value] for row in result.rows if row[day] is not None}
    pictures = {}
    for kind, width, weeks in (("wide", context.width, 54), ("narrow", NARROW_WIDTH, WEEKS_ON_A_PHONE)):
        grid = _calendar_grid(props, days, (low, high), scale, weeks)
        pictures[kind] = draw.svg(vegalite.heat_map(grid, context.theme, width), kind=kind)
    words = _words(result, props, value, day, None)
    table = behind_chart(context, result, _columns(result, value, props), props)
    legend = _legend(props, low, high, context)
    return figure(props, Drawing(pictures["wide"], pictures["narrow"], legend, words, table))


def _blocks(days: dict[date, Any], weeks: int) -> list[tuple[date, date]]:
    """Spans of whole weeks that one row of blocks shows: all if it fits, else parts of equal length, or years."""
    first, last = min(days), max(days)
    start = first - timedelta(days=first.weekday())
    total = (last - start).days // 7 + 1
    if total <= weeks:
        return [(start, last)]
    if total > 2 * 54 and weeks >= 53:  # noqa: PLR2004 - two years
        return [
            (max(first, date(year, 1, 1)), min(last, date(year, 12, 31))) for year in range(first.year, last.year + 1)
        ]
    parts = math.ceil(total / weeks)
    size = math.ceil(total / parts)
    cuts = [start + timedelta(weeks=size * part) for part in range(parts)]
    return [(cut, min(last, cut + timedelta(days=size * 7 - 1))) for cut in cuts]


def _calendar_grid(props: Props, days: dict[date, Any], bounds: tuple[float, float], scale: str, weeks: int) -> Grid:
    blocks = _blocks(days, weeks)
    months = formats.french_names()["mmm"]
    cells, columns_labels, row_labels = [], [], []
    widest, tall = 0, 8.9
    for block, (first, last) in enumerate(blocks):
        monday = first - timedelta(days=first.weekday())
        top = block * tall
        by_year = first.year == last.year and len(blocks) > 1 and first.month == 1
        previous = None
        for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1)):
            column = (day - monday).days // 7
            widest = max(widest, column + 1)
            if day in days:
                cells.append(Cell(column, top + day.weekday(), step_of(days[day], *bounds, STEPS)))
            if day.day <= 7 and day.weekday() == 0 and day.month != previous:  # noqa: PLR2004 - first Monday
                previous = day.month
                text = str(day.year) if day.month == 1 and not by_year else months[day.month]
                columns_labels.append((column, text, block))
        if by_year:
            row_labels.append((top + 3, str(first.year)))
        elif props.flag("dayLabel", default=True):
            row_labels += [(top + row, DAYS[row]) for row in (0, 2, 4, 6)]
    return Grid(
        cells=cells,
        columns=max(widest, 12),
        rows=math.ceil(len(blocks) * tall - (tall - 7)),
        column_labels=[(column, text) for column, text, block in columns_labels if block == 0],
        row_labels=row_labels,
        scale=scale,
        cell_height=13,
        square=True,
        gap=2.0,
        inner_labels=[(column, block * tall - 0.75, text) for column, text, block in columns_labels if block],
    )


# -- shared ----------------------------------------------------------------------------------------------------------


def _range(props: Props, result: Result, column: str) -> tuple[float, float]:
    known = [float(item) for item in result.values(column) if item is not None]
    if not known:
        raise props.error(f"gets no value in column {column}.", f"Guard it with {{#if}} on query {result.name}.")
    low, high = props.number("min"), props.number("max")
    return (min(known) if low is None else low, max(known) if high is None else high)


def _scale(props: Props, context: Context) -> str:
    name = props.text("colorScale", "default")
    if name not in context.theme.scales:
        raise props.error(f"has colorScale={name!r}, which the theme does not know.", "See evidence.config.yaml.")
    return name


def _words(result: Result, props: Props, value: str, x: str, y: str | None) -> str:
    known = [row for row in result.rows if row[value] is not None]
    low, high = min(known, key=lambda row: row[value]), max(known, key=lambda row: row[value])

    def name(row: dict[str, Any]) -> str:
        return ", ".join(formats.write(row[column]) for column in (x, y) if column)

    return (
        f"Carte de chaleur : de {props.write(low[value], 'valueFmt')} ({name(low)}) "
        f"à {props.write(high[value], 'valueFmt')} ({name(high)})."
    )


def _columns(result: Result, value: str, props: Props) -> list[Column]:
    return [
        Column(
            name,
            column_title(name),
            props.format_code("valueFmt") if name == value else None,
            "right" if kind == "number" else "left",
            exact=name == value,
        )
        for name, kind in result.kinds.items()
    ]


def _legend(props: Props, low: float, high: float, context: Context) -> str:
    colors = context.theme.scale(_scale(props, context))
    if not props.flag("legend", default=True):
        return ""
    boxes = "".join(
        f'<rect x="{index * 20}" width="20" height="10" fill="{color}"/>' for index, color in enumerate(colors)
    )
    strip = f'<svg width="{len(colors) * 20}" height="10" aria-hidden="true">{boxes}</svg>'
    low_text, high_text = (escape(french(props.write(bound, "valueFmt"))) for bound in (low, high))
    return f'<p class="ramp">{low_text} {strip} {high_text}</p>'
