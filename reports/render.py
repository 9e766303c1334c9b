"""From the nodes of a page to its HTML."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import reports.components.chart
import reports.components.heatmap
import reports.components.table
import reports.components.text  # noqa: F401 - importing registers the components
from reports import formats
from reports.components.base import Context, Html, escape, evaluate_expression, render_component
from reports.errors import PageError
from reports.expressions import truthy
from reports.markdown import french, to_html
from reports.syntax import Component, Each, Expression, If, Node, Sql, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.engine import Result
    from reports.project import Page
    from reports.theme import Theme

# Private-use characters: Markdown passes them on untouched, and no page holds them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_LONE = re.compile(f'<p(?: class="note")?>((?:\\s*{_OPEN}\\d+{_CLOSE})+)\\s*</p>')


def render_page(page: Page, results: Mapping[str, Result], theme: Theme, files: dict[str, bytes]) -> str:
    """HTML of a page's body; what it offers for download is added to ``files``.

    Raises:
        PageError: a component or expression fails; names file and line.
    """
    context = Context(page.name.replace("/", "-"), theme, files, render_nodes, dict(results))
    return render_nodes(page.nodes, context)


def render_nodes(nodes: tuple[Node, ...], context: Context) -> str:
    """HTML of nodes: their Markdown is rendered as one text in which components are place marks."""
    pieces: list[Html] = []
    markdown = textwrap.dedent(_markdown(nodes, context, pieces))
    html = to_html(markdown)

    def place(match: re.Match[str]) -> str:
        return pieces[int(match[1])].text

    def place_lone(match: re.Match[str]) -> str:
        marks = [pieces[int(index)] for index in _MARK.findall(match[1])]
        return _MARK.sub(place, match[1] if all(piece.block for piece in marks) else match[0])

    return _MARK.sub(place, _LONE.sub(place_lone, html))


def _markdown(nodes: tuple[Node, ...], context: Context, pieces: list[Html]) -> str:
    return "".join(_markdown_of(node, context, pieces) for node in nodes)


def _markdown_of(node: Node, context: Context, pieces: list[Html]) -> str:
    if isinstance(node, (Text, Sql)):
        return node.text if isinstance(node, Text) else ""
    if isinstance(node, Expression):
        value = evaluate_expression(node, context.scope)
        return _mark(Html(escape(french(formats.write(value))), block=False), pieces)
    if isinstance(node, Component):
        return _mark(render_component(node, context), pieces)
    if isinstance(node, If):
        return _markdown(_branch(node, context), context, pieces)
    if isinstance(node, Each):
        return _each(node, context, pieces)
    raise PageError(node.where, f"{type(node).__name__} cannot stand here.", "Remove it.")


def _branch(node: If, context: Context) -> tuple[Node, ...]:
    for condition, body in node.branches:
        if condition is None or truthy(evaluate_expression(condition, context.scope)):
            return body
    return ()


def _each(node: Each, context: Context, pieces: list[Html]) -> str:
    rows: Any = evaluate_expression(node.rows, context.scope)
    rows = getattr(rows, "rows", rows)
    if not isinstance(rows, list):
        raise PageError(
            node.where, f"{{#each {node.rows.source}}} goes over something that is no list.", "Name a query."
        )
    return "".join(
        _markdown(node.body, context.child(scope={**context.scope, node.alias: row}), pieces) for row in rows
    )


def _mark(piece: Html, pieces: list[Html]) -> str:
    pieces.append(piece)
    mark = f"{_OPEN}{len(pieces) - 1}{_CLOSE}"
    return f"\n\n{mark}\n\n" if piece.block else mark
