"""Components that are words and figures: Value, BigValue, Alert, Details, Grid, Group."""

from __future__ import annotations

from typing import Any

from reports.charts import draw, vegalite
from reports.components.base import Context, Html, Props, column_title, component, escape
from reports.markdown import french

_AGGREGATES = ("sum", "avg", "min", "median", "max")
_EMPTY = {"emptySet", "emptyMessage"}


@component("Value", {"data", "column", "row", "fmt", "agg", "color", "redNegatives", *_EMPTY}, required=("data",))
def render_value(context: Context, props: Props) -> Html:
    """One figure in the running text."""
    result = props.data()
    if empty := props.empty(result):
        return Html(empty.text.replace("<p", "<span").replace("</p", "</span"), block=False)
    column = props.column("column", result) if "column" in props else next(iter(result.kinds))
    if "agg" in props:
        value = _aggregate(result.values(column), props.choice("agg", _AGGREGATES, "sum"), props)
    else:
        row = int(props.number("row") or 0)
        if not 0 <= row < len(result):
            raise props.error(f"asks for row {row} of the {len(result)} of query {result.name}.", "Correct row.")
        value = result.rows[row][column]
    classes = ["value"]
    if props.flag("redNegatives", default=False) and isinstance(value, (int, float)) and value < 0:
        classes.append("negative")
    if "color" in props:
        classes.append(f"ink k-{props.color('color', context.theme, '')}")
    return Html(f'<span class="{" ".join(classes)}">{escape(props.write(value, "fmt"))}</span>', block=False)


def _aggregate(values: list[Any], kind: str, props: Props) -> Any:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    if kind in {"min", "max"}:
        return known[0] if kind == "min" else known[-1]
    if not all(isinstance(value, (int, float)) for value in known):
        raise props.error(f"cannot take the {kind} of what is not a number.", "Name a number's column.")
    middle = len(known) // 2
    aggregates = {
        "sum": sum(known),
        "avg": sum(known) / len(known),
        "median": known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2,
    }
    return float(aggregates[kind])


_BIG_VALUE = {
    "title",
    "fmt",
    "comparison",
    "comparisonTitle",
    "comparisonFmt",
    "comparisonDelta",
    "downIsGood",
    "neutralMin",
    "neutralMax",
    "sparkline",
    "sparklineType",
    "sparklineColor",
    "description",
    "link",
    *_EMPTY,
}


@component("BigValue", _BIG_VALUE, required=("data", "value"))
def render_big_value(context: Context, props: Props) -> Html:
    """One figure that matters, with what it is compared to and where it comes from."""
    result = props.data()
    if empty := props.empty(result):
        return empty
    column = props.column("value", result)
    title = escape(french(props.text("title", column_title(column))))
    if "link" in props:
        title = f'<a href="{escape(props.text("link"))}">{title}</a>'
    parts = [
        f'<h3 class="t">{title}</h3>',
        f'<p class="v">{escape(props.write(result.rows[0][column], "fmt"))}</p>',
    ]
    compared = result.rows[0][props.column("comparison", result)] if "comparison" in props else None
    if compared is not None:
        parts.append(_comparison(props, compared))
    if "sparkline" in props:
        parts.append(_sparkline(context, props, column))
    if "description" in props:
        parts.append(f'<p class="d">{escape(french(props.text("description")))}</p>')
    return Html(f'<div class="card">{"".join(parts)}</div>')


def _comparison(props: Props, value: Any) -> str:
    title = french(props.text("comparisonTitle", column_title(props.text("comparison"))))
    written = escape(props.write(value, "comparisonFmt" if "comparisonFmt" in props else "fmt"))
    if not props.flag("comparisonDelta", default=True) or not isinstance(value, (int, float)):
        return f'<p class="c"><span>{written}</span> {escape(title)}</p>'
    low, high = props.number("neutralMin") or 0.0, props.number("neutralMax") or 0.0
    if low <= value <= high:
        return f'<p class="c"><span>{written}</span> {escape(title)}</p>'
    up = value > 0
    tone = "positive" if up is not props.flag("downIsGood", default=False) else "negative"
    mark = f'<span aria-hidden="true">{"▲" if up else "▼"}</span>'
    return f'<p class="c {tone}">{mark} <span>{written}</span> {escape(title)}</p>'


def _sparkline(context: Context, props: Props, column: str) -> str:
    result = props.data()
    key = props.column("sparkline", result)
    rows = sorted((row for row in result.rows if row[key] is not None), key=lambda row: row[key])
    kind = props.choice("sparklineType", ("line", "area"), "line")
    color = props.color("sparklineColor", context.theme, "primary")
    values = [row[column] for row in rows]
    if sum(value is not None for value in values) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    return draw.svg(vegalite.sparkline(values, context.theme, color, kind), kind="spark")


_STATUSES = ("default", "info", "success", "positive", "warning", "danger", "negative")


@component("Alert", {"status"}, takes_markdown=True)
def render_alert(context: Context, props: Props) -> Html:
    """A message that must not be overlooked."""
    status = props.choice("status", _STATUSES, "default")
    tone = {"success": "positive", "danger": "negative", "default": "info"}.get(status, status)
    body = context.render_children(props.node.children, context)
    return Html(f'<div class="alert {tone}" role="note">{body}</div>')


@component("Details", {"title", "open"}, takes_markdown=True)
def render_details(context: Context, props: Props) -> Html:
    """What only some want to read."""
    opened = " open" if props.flag("open", default=False) else ""
    body = context.render_children(props.node.children, context)
    title = escape(french(props.text("title", "Détails")))
    return Html(f'<details class="more"{opened}><summary>{title}</summary>{body}</details>')


_GAPS = ("none", "sm", "md", "lg")


@component("Grid", {"cols", "gapSize"}, takes_markdown=True)
def render_grid(context: Context, props: Props) -> Html:
    """Things side by side on a wide screen, below one another on a phone."""
    columns = int(props.number("cols") or 2)
    if not 1 <= columns <= 6:  # noqa: PLR2004 - as in Evidence
        raise props.error(f"has cols={columns}.", "Give 1 to 6.")
    gap = props.choice("gapSize", _GAPS, "md")
    inner = context.child(width=round((context.width - 28 * (columns - 1)) / columns))
    body = context.render_children(props.node.children, inner)
    return Html(f'<div class="grid g{columns} gap-{gap}">{body}</div>')


@component("Group", (), takes_markdown=True)
def render_group(context: Context, props: Props) -> Html:
    """Several things in one cell of a grid."""
    return Html(f'<div class="group">{context.render_children(props.node.children, context)}</div>')
