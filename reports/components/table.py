"""DataTable, and the tables of figures that stand behind every chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports import formats
from reports.components.base import Context, Html, Props, column_title, component, escape
from reports.markdown import french

if TYPE_CHECKING:
    from reports.engine import Result

ROWS_BEHIND_A_CHART = 400
"""More rows than this are only given as CSV."""
TALL = 14
"""A table with more rows scrolls inside its frame."""
_ALIGNS = ("left", "center", "right")
_CONTENT = ("text", "delta", "bar")
_TONES = {"✓": "ok", "⚠": "late"}
_TABLE = {"title", "subtitle", "rows", "sort", "emptySet", "emptyMessage", "downloadable", "wrapTitles"}
_COLUMN = frozenset({"id", "title", "fmt", "align", "contentType", "downIsGood", "barColor", "wrap", "description"})


@dataclass(frozen=True)
class Column:
    """A column as it is shown."""

    name: str
    title: str
    code: str | None = None
    align: str = "left"
    content: str = "text"
    down_is_good: bool = False
    color: str = "primary"
    wrap: bool = True
    exact: bool = False
    """All digits, even where the code rounds to thousands."""


@component("DataTable", _TABLE, required=("data",), parts=("Column",))
def render_table(context: Context, props: Props) -> Html:
    """A table of figures."""
    result = props.data()
    if empty := props.empty(result):
        return empty
    columns = [_column(part, result, context) for part in props.parts(context, {"Column": _COLUMN})]
    columns = columns or plain_columns(result)
    rows = _sorted(result, props)
    shown = TALL if props.text("rows", "all") == "all" else int(props.number("rows") or TALL)
    caption = _caption(props)
    tall = " tall" if len(rows) > max(shown, TALL) else ""
    label = escape(french(props.text("title", column_title(result.name))))
    tools = ""
    if props.flag("downloadable", default=True):
        tools = f'<p class="tools"><a href="{context.download(result)}" download>Télécharger (CSV)</a></p>'
    body = (
        f'<div class="scroll{tall}" role="region" aria-label="{label}" tabindex="0">'
        f"{table_html(columns, rows, props)}</div>"
    )
    return Html(f'<figure class="table">{caption}{body}{tools}</figure>')


def plain_columns(result: Result) -> list[Column]:
    """All columns of a result, formatted by their kind."""
    return [
        Column(name, column_title(name), align="right" if kind == "number" else "left")
        for name, kind in result.kinds.items()
    ]


def _caption(props: Props) -> str:
    title, subtitle = props.text("title"), props.text("subtitle")
    if not title and not subtitle:
        return ""
    parts = [f'<strong class="t">{escape(french(title))}</strong>'] if title else []
    parts += [f'<span class="s">{escape(french(subtitle))}</span>'] if subtitle else []
    return f"<figcaption>{''.join(parts)}</figcaption>"


def _column(part: Props, result: Result, context: Context) -> Column:
    name = part.column("id", result)
    numeric = result.kinds[name] == "number"
    return Column(
        name=name,
        title=part.text("title", column_title(name)),
        code=part.format_code("fmt"),
        align=part.choice("align", _ALIGNS, "right" if numeric else "left"),
        content=part.choice("contentType", _CONTENT, "text"),
        down_is_good=part.flag("downIsGood", default=False),
        color=part.color("barColor", context.theme, "primary"),
        wrap=part.flag("wrap", default=result.kinds[name] == "text"),
    )


def _sorted(result: Result, props: Props) -> list[dict[str, Any]]:
    if "sort" not in props:
        return result.rows
    name, _, direction = props.text("sort").partition(" ")
    props.check_column(name, "sort", result)
    known = [row for row in result.rows if row[name] is not None]
    unknown = [row for row in result.rows if row[name] is None]
    return sorted(known, key=lambda row: row[name], reverse=direction.strip() == "desc") + unknown


def table_html(columns: list[Column], rows: list[dict[str, Any]], props: Props) -> str:
    """An HTML table; ``props`` is whom to blame for a format that does not fit."""
    tops = {column.name: _top(column, rows) for column in columns}
    heads = "".join(f'<th scope="col" class="{column.align}">{escape(french(column.title))}</th>' for column in columns)
    lines = []
    for row in rows:
        cells = "".join(_cell(column, row[column.name], tops[column.name], props) for column in columns)
        lines.append(f"<tr>{cells}</tr>")
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _top(column: Column, rows: list[dict[str, Any]]) -> float:
    if column.content != "bar":
        return 0.0
    return max((float(row[column.name]) for row in rows if row[column.name] is not None), default=0.0)


def _cell(column: Column, value: Any, top: float, props: Props) -> str:
    try:
        written = formats.exactly(value, column.code) if column.exact else formats.write(value, column.code)
    except formats.FormatError as error:
        raise props.error(f"column {column.name}: {error}.", "Give a format that fits the column.") from error
    classes = [column.align] if column.align != "left" else []
    if not column.wrap:
        classes.append("nowrap")
    inner = escape(written)
    if isinstance(value, str) and value[:1] in _TONES:
        classes.append(_TONES[value[0]])
    if column.content == "delta" and isinstance(value, (int, float)) and value != 0:
        up = value > 0
        classes.append("positive" if up is not column.down_is_good else "negative")
        inner = f'<span aria-hidden="true">{"▲" if up else "▼"}</span>{formats.NARROW}{inner}'
    elif column.content == "bar" and isinstance(value, (int, float)) and top > 0:
        share = max(0.0, float(value) / top * 100)
        bar = f'<rect class="ink-fill k-{column.color}" width="{share:.1f}%" height="100%"/>'
        inner = f'<span class="barred"><svg class="bar" aria-hidden="true">{bar}</svg>{inner}</span>'
    return f"<td{_class(classes)}>{inner}</td>"


def _class(classes: list[str]) -> str:
    return f' class="{" ".join(classes)}"' if classes else ""


def behind_chart(context: Context, result: Result, columns: list[Column], props: Props) -> str:
    """The figures of a chart, folded away below it."""
    address = context.download(result)
    link = f'<p class="tools"><a href="{address}" download>Télécharger (CSV)</a></p>'
    count = formats.write(len(result), "num0")
    if len(result) > ROWS_BEHIND_A_CHART:
        note = f"{formats.write(ROWS_BEHIND_A_CHART, 'num0')} premières lignes ; le fichier CSV donne les {count}."
        link = f'<p class="tools">{french(note)} <a href="{address}" download>Télécharger (CSV)</a></p>'
    table = table_html(columns, result.rows[:ROWS_BEHIND_A_CHART], props)
    return (
        f'<details class="data"><summary>Tableau des données<span> ({count} ligne{"s" if len(result) > 1 else ""})'
        f'</span></summary><div class="scroll tall" tabindex="0" role="region" aria-label="Données du graphique">'
        f"{table}</div>{link}</details>"
    )
