"""Charts on two axes: LineChart, AreaChart, BarChart, ScatterPlot, Chart, and what may stand inside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from reports.charts import draw, vegalite
from reports.charts.build import Axes, Layer, Scale, arrange, assemble, expand, smallest_gap, x_scale
from reports.charts.describe import describe
from reports.charts.plot import Reference, Series, position
from reports.components.base import NARROW_WIDTH, Context, Html, Props, column_title, component, escape
from reports.components.table import Column, behind_chart
from reports.markdown import french

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.engine import Result

_FRAME = {"title", "subtitle", "legend", "chartAreaHeight", "emptySet", "emptyMessage"}
_AXES = {
    *("xFmt", "yFmt", "xAxisTitle", "yAxisTitle", "xGridlines", "yGridlines"),
    *("yMin", "yMax", "yScale", "xMin", "xMax", "sort"),
}
_DATA = {"data", "x", "y", "series", "seriesColors", "seriesOrder", "colorPalette"}
_LINE = {"lineColor", "lineType", "lineWidth", "lineOpacity", "step", "handleMissing", "markers"}
_AREA = {"fillColor", "fillOpacity", "line", "step", "handleMissing"}
_BAR = {"fillColor", "fillOpacity", "type"}
_POINT = {"fillColor", "opacity", "pointSize"}
_COMMON = _FRAME | _AXES | _DATA
_REFERENCE = frozenset(
    {
        *("data", "x", "y", "x2", "y2", "xMin", "xMax", "yMin", "yMax"),
        *("label", "color", "lineType", "labelPosition", "hideValue"),
    }
)
_LAYERS = {
    "Line": frozenset({"y", "series", "name", *_LINE}),
    "Area": frozenset({"y", "series", "name", *_AREA}),
    "Bar": frozenset({"y", "series", "name", *_BAR}),
    "Scatter": frozenset({"y", "series", "name", *_POINT}),
}
_REFERENCES = {"ReferenceLine": _REFERENCE, "ReferenceArea": _REFERENCE}
_DASHES = ("solid", "dashed", "dotted")
_MISSING = ("gap", "connect", "zero")
_HEIGHT = 260
_BAR_HEIGHT = 26
"""Height of a bar that lies on its side, in pixels."""


@component("LineChart", _COMMON | _LINE, required=("data", "x", "y"), parts=_REFERENCES)
def render_line_chart(context: Context, props: Props) -> Html:
    """Lines over an axis."""
    return _render(context, props, [_line(context, props, props.data())], _REFERENCES)


@component("AreaChart", _COMMON | _AREA | {"type"}, required=("data", "x", "y"), parts=_REFERENCES)
def render_area_chart(context: Context, props: Props) -> Html:
    """Areas, stacked where there are several."""
    return _render(context, props, [_area(context, props, props.data())], _REFERENCES)


@component("BarChart", _COMMON | _BAR | {"swapXY"}, required=("data", "x", "y"), parts=_REFERENCES)
def render_bar_chart(context: Context, props: Props) -> Html:
    """Bars, stacked or side by side."""
    return _render(context, props, [_bar(context, props, props.data())], _REFERENCES)


@component("ScatterPlot", _COMMON | _POINT, required=("data", "x", "y"), parts=_REFERENCES)
def render_scatter_plot(context: Context, props: Props) -> Html:
    """Points on two number axes."""
    return _render(context, props, [_scatter(context, props, props.data())], _REFERENCES)


@component("Chart", _COMMON | {"swapXY"}, required=("data", "x"), parts=(*_LAYERS, *_REFERENCES))
def render_chart(context: Context, props: Props) -> Html:
    """Lines, areas, bars and points together."""
    result = props.data()
    makers = {"Line": _line, "Area": _area, "Bar": _bar, "Scatter": _scatter}
    layers = []
    for part in props.parts(context, {**_LAYERS, **_REFERENCES}):
        if part.name in makers:
            if "y" not in part and "y" in props:
                part.values["y"] = props.raw("y")
            layers.append(makers[part.name](context, part, result))
    if not layers:
        raise props.error("has nothing to draw.", f"Put one of {', '.join(_LAYERS)} inside.")
    return _render(context, props, layers, {**_LAYERS, **_REFERENCES})


# -- layers ----------------------------------------------------------------------------------------------------------


def _columns(props: Props, result: Result) -> list[str]:
    given = props.raw("y")
    names = given if isinstance(given, list) else [given]
    if given is None:
        raise props.error("has no y.", "Add y=column.")
    return [props.check_column(str(name), "y", result, kind="number") for name in names]


def _layer(props: Props, result: Result, **more: Any) -> Layer:
    order = props.raw("seriesOrder") or []
    return Layer(
        columns=_columns(props, result),
        series=props.column("series", result) if "series" in props else None,
        name=props.text("name") or None,
        order=[str(name) for name in order],
        missing=props.choice("handleMissing", _MISSING, "gap"),
        **more,
    )


def _own_color(context: Context, props: Props, key: str) -> str | None:
    return props.color(key, context.theme, "") if key in props else None


def _line(context: Context, props: Props, result: Result) -> Layer:
    style = {
        "dash": props.choice("lineType", _DASHES, "solid"),
        "width": props.number("lineWidth") or 2.0,
        "opacity": 1.0 if "lineOpacity" not in props else float(props.number("lineOpacity") or 0),
        "step": props.flag("step", default=False),
        "markers": props.flag("markers", default=False),
    }
    return _layer(props, result, mark="line", color=_own_color(context, props, "lineColor"), style=style)


def _area(context: Context, props: Props, result: Result) -> Layer:
    style = {
        "opacity": 0.7 if "fillOpacity" not in props else float(props.number("fillOpacity") or 0),
        "step": props.flag("step", default=False),
        "outline": props.flag("line", default=True),
    }
    layer = _layer(props, result, mark="area", color=_own_color(context, props, "fillColor"), style=style)
    if layer.series or len(layer.columns) > 1:
        layer.stack = props.choice("type", ("stacked", "stacked100"), "stacked")
        layer.missing = "zero"
    return layer


def _bar(context: Context, props: Props, result: Result) -> Layer:
    style = {"opacity": 1.0 if "fillOpacity" not in props else float(props.number("fillOpacity") or 0)}
    layer = _layer(props, result, mark="bar", color=_own_color(context, props, "fillColor"), style=style)
    stack = props.choice("type", ("stacked", "grouped", "stacked100"), "stacked")
    layer.stack = stack if layer.series or len(layer.columns) > 1 else "none"
    return layer


def _scatter(context: Context, props: Props, result: Result) -> Layer:
    size = props.number("pointSize") or 6.0
    style = {
        "opacity": 0.7 if "opacity" not in props else float(props.number("opacity") or 0),
        "size": round(size * size * 0.785, 1),
    }
    return _layer(props, result, mark="point", color=_own_color(context, props, "fillColor"), style=style)


# -- the whole -------------------------------------------------------------------------------------------------------


def _render(context: Context, props: Props, layers: list[Layer], known: dict[str, frozenset[str]]) -> Html:
    result = props.data()
    if empty := props.empty(result):
        return empty
    x = props.column("x", result)
    by_height = props.flag("sort", default=True) and result.kinds[x] == "text"
    scale = x_scale(result, x, props.format_code("xFmt"), sort_by=layers[0].columns[0] if by_height else None)
    drawn: list[Series] = []
    for layer in layers:
        series = expand(layer, result, scale, column_title)
        _paint(context, props, layer, series, len(drawn))
        arrange(series, layer.stack, _room(series, scale))
        drawn += [item for item in series if any(value is not None for value in item.y)]
    references = [
        reference
        for part in props.parts(context, known)
        if part.name in _REFERENCES
        for reference in _reference(context, part, scale, props)
    ]
    pictures = _pictures(context, props, drawn, scale, references)
    words = describe(drawn, props.format_code("yFmt"))
    lifting = {item.column for item in drawn if not item.visible}
    columns = _table_columns(result, x, layers, props, lifting)
    table = behind_chart(context, result, columns, props)
    return figure(props, Drawing(pictures["wide"], pictures["narrow"], _legend(props, drawn), words, table))


def _room(series: list[Series], scale: Scale) -> float:
    return 1.0 if scale.kind == "category" else smallest_gap(series)


def _paint(context: Context, props: Props, layer: Layer, series: list[Series], before: int) -> None:
    given = props.raw("seriesColors") or {}
    palette = props.raw("colorPalette")
    for index, item in enumerate(series):
        if layer.color and len(series) == 1:
            continue
        if item.name in given:
            item.color = props.theme_color(given[item.name], context.theme, "seriesColors")
        elif isinstance(palette, list) and palette:
            item.color = props.theme_color(palette[index % len(palette)], context.theme, "colorPalette")
        elif not layer.color:
            item.color = context.theme.palette(before + index)


def _pictures(
    context: Context, props: Props, series: list[Series], scale: Scale, references: list[Reference]
) -> dict[str, str]:
    swap = props.flag("swapXY", default=False)
    if swap and scale.kind != "category":
        raise props.error("lies on its side but x is no text.", "Give a text column as x, or drop swapXY.")
    height = int(props.number("chartAreaHeight") or (_BAR_HEIGHT * len(scale.categories) + 30 if swap else _HEIGHT))
    axes = Axes(
        y_code=props.format_code("yFmt"),
        x_code=props.format_code("xFmt"),
        y_min=props.number("yMin"),
        y_max=props.number("yMax"),
        y_fit=props.flag("yScale", default=False),
        x_min=_bound(props, "xMin"),
        x_max=_bound(props, "xMax"),
    )
    pictures = {}
    for kind, width in (("wide", context.width), ("narrow", NARROW_WIDTH)):
        tall = height if swap or kind == "wide" else min(height, 240)
        plot = assemble(series, scale, axes, references, width=width, height=tall, swap=swap)
        plot.x_grid = props.flag("xGridlines", default=swap)
        plot.y_grid = props.flag("yGridlines", default=not swap)
        if swap:
            plot.x_grid, plot.y_grid = False, True
        pictures[kind] = draw.svg(vegalite.specification(plot, context.theme, width), kind=kind)
    return pictures


def _bound(props: Props, key: str) -> float | None:
    value = props.raw(key)
    if isinstance(value, date):
        return position(value)
    return props.number(key)


@dataclass(frozen=True)
class Drawing:
    """A chart in all its forms: two pictures, a legend (HTML), words and a table (HTML)."""

    wide: str
    narrow: str
    legend: str
    words: str
    table: str


def figure(props: Props, drawing: Drawing) -> Html:
    """A chart with its title, legend, words and table."""
    title, subtitle = french(props.text("title")), french(props.text("subtitle"))
    parts = [f'<strong class="t">{escape(title)}</strong>'] if title else []
    parts += [f'<span class="s">{escape(subtitle)}</span>'] if subtitle else []
    caption = f"<figcaption>{''.join(parts)}</figcaption>" if parts else ""
    label = escape(f"{title or 'Graphique'}. {french(drawing.words)}".strip())
    plot = f'<div class="plot" role="img" aria-label="{label}">{drawing.wide}{drawing.narrow}</div>'
    over, under = _axis_title(props, "yAxisTitle", "unit"), _axis_title(props, "xAxisTitle", "unit below")
    return Html(f'<figure class="chart">{caption}{drawing.legend}{over}{plot}{under}{drawing.table}</figure>')


def _axis_title(props: Props, key: str, css_class: str) -> str:
    if props.raw(key) in {None, False, "false"}:
        return ""
    return f'<p class="{css_class}">{escape(french(props.text(key)))}</p>'


def _legend(props: Props, series: list[Series]) -> str:
    shown = [item for item in series if item.visible]
    if not props.flag("legend", default=len(shown) > 1):
        return ""
    items = "".join(
        f'<li><span class="key {item.mark} {item.dash} k-{item.color}"></span>{escape(french(item.name))}</li>'
        for item in shown
    )
    return f'<ul class="legend">{items}</ul>'


def _table_columns(result: Result, x: str, layers: list[Layer], props: Props, hidden: set[str]) -> list[Column]:
    names = {layer.columns[0]: layer.name for layer in layers if layer.name and len(layer.columns) == 1}
    drawn = {column for layer in layers for column in layer.columns}
    columns = []
    for name, kind in result.kinds.items():
        if name in hidden:
            continue
        code = props.format_code("xFmt") if name == x else props.format_code("yFmt") if name in drawn else None
        align = "right" if kind == "number" else "left"
        title = names.get(name) or column_title(name)
        columns.append(Column(name, title, code, align, exact=name in drawn))
    return columns


# -- references ------------------------------------------------------------------------------------------------------


def _reference(context: Context, part: Props, scale: Scale, chart: Props) -> Iterable[Reference]:
    rows: list[dict[str, Any]] = [{}]
    from_data = "data" in part
    if from_data:
        rows = part.data().rows
    area = part.name == "ReferenceArea"
    keys = ("xMin", "yMin", "xMax", "yMax") if area else ("x", "y", "x2", "y2")
    for row in rows:
        bounds = [_reference_bound(part, key, row if from_data else None, scale) for key in keys]
        label = part.text("label")
        if from_data and label in row:
            label = str(row[label])
        yield Reference(
            color=part.color("color", context.theme, "base-content-muted"),
            label=french(_reference_text(part, chart, label, bounds, area=area)),
            x=bounds[0],
            y=bounds[1],
            x2=bounds[2],
            y2=bounds[3],
            area=area,
            dash=part.choice("lineType", _DASHES, "dashed"),
            label_at=part.text("labelPosition", "aboveEnd"),
        )


def _reference_text(part: Props, chart: Props, label: str, bounds: list[float | None], *, area: bool) -> str:
    if area or part.flag("hideValue", default=False) or bounds[1] is None or bounds[2] is not None:
        return label
    value = chart.write(bounds[1], "yFmt")
    return f"{label} ({value})" if label else value


def _reference_bound(part: Props, key: str, row: dict[str, Any] | None, scale: Scale) -> float | None:
    value = part.raw(key)
    if value is None:
        return None
    if row is not None:
        if value not in row:
            raise part.error(f"has {key}={value!r}, which its query does not give.", f"Known: {', '.join(row)}.")
        value = row[value]
    if value is None:
        return None
    if key.startswith("y"):
        return _as_number(part, key, value)
    if scale.kind == "category":
        if str(value) not in scale.categories:
            raise part.error(f"has {key}={value!r}, which is not on the axis.", "Name one of its categories.")
        return float(scale.categories.index(str(value)))
    if scale.kind == "time" and isinstance(value, str):
        try:
            return position(datetime.fromisoformat(value))
        except ValueError as error:
            raise part.error(f"has {key}={value!r}, which is no date.", "Write it as 2024-12-31.") from error
    return position(value) if isinstance(value, date) else _as_number(part, key, value)


def _as_number(part: Props, key: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise part.error(f"has {key}={value!r}, which is not a number.", "Give a number.") from error
