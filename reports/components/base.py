"""What a component is: the attributes that it takes and the HTML that it gives."""

from __future__ import annotations

import csv
import difflib
import html
import io
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from reports import formats
from reports.engine import Result
from reports.errors import PageError, Where
from reports.expressions import ExpressionError
from reports.syntax import Component, Expression, Node, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reports.theme import Theme

NO_ROWS = "Aucune donnée."
EMPTY_SET = ("error", "warn", "pass")
PAGE_WIDTH = 940
"""Width that a chart has on a wide screen, in pixels."""
NARROW_WIDTH = 350
"""Width that a chart has on a phone, in pixels."""


@dataclass(frozen=True)
class Html:
    """HTML of a node; ``block`` where it cannot stand inside a paragraph."""

    text: str
    block: bool = True


@dataclass
class Context:
    """What a component may use while it draws itself."""

    page: str
    theme: Theme
    files: dict[str, bytes]
    render_children: Callable[[tuple[Node, ...], Context], str]
    scope: dict[str, Any] = field(default_factory=dict)
    width: int = PAGE_WIDTH

    def child(self, *, scope: dict[str, Any] | None = None, width: int | None = None) -> Context:
        """The context of what stands inside."""
        return Context(
            self.page,
            self.theme,
            self.files,
            self.render_children,
            self.scope if scope is None else scope,
            self.width if width is None else width,
        )

    def download(self, result: Result) -> str:
        """Publish the rows as CSV beside the page; returns its relative address."""
        name = f"data/{self.page}-{result.name}.csv"
        self.files[name] = to_csv(result)
        return name


@dataclass(frozen=True)
class Definition:
    """A component: its name, attributes and how it is drawn; ``parts`` are the components that it is made of."""

    name: str
    attributes: frozenset[str]
    render: Callable[[Context, Props], Html]
    required: tuple[str, ...] = ()
    parts: frozenset[str] = frozenset()
    takes_markdown: bool = False


COMPONENTS: dict[str, Definition] = {}
"""The components that may stand on a page by themselves."""


def component(
    name: str,
    attributes: Iterable[str],
    *,
    required: tuple[str, ...] = (),
    parts: Iterable[str] = (),
    takes_markdown: bool = False,
) -> Callable[[Callable[[Context, Props], Html]], Callable[[Context, Props], Html]]:
    """Register the function that follows as a component."""

    def register(render: Callable[[Context, Props], Html]) -> Callable[[Context, Props], Html]:
        COMPONENTS[name] = Definition(
            name, frozenset(attributes) | set(required), render, required, frozenset(parts), takes_markdown
        )
        return render

    return register


class Props:
    """The attributes of one component on a page, evaluated and checked on access."""

    def __init__(self, node: Component, context: Context, allowed: frozenset[str], required: tuple[str, ...]) -> None:
        self.node = node
        self.where: Where = node.where
        self.name = node.name
        for key in node.attributes:
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, n=1)
                raise self.error(
                    f"has an unknown attribute {key}.",
                    f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(allowed))}.",
                )
        for key in required:
            if key not in node.attributes:
                raise self.error(f"has no {key}.", f"Add {key}=…")
        self.values = {key: evaluate(value, context.scope) for key, value in node.attributes.items()}

    def error(self, cause: str, remedy: str = "") -> PageError:
        """An error that names this component, its page and line."""
        return PageError(self.where, f"<{self.name}> {cause}", remedy)

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def raw(self, key: str) -> Any:
        """The value as evaluated, None where it is not given."""
        return self.values.get(key)

    def text(self, key: str, default: str = "") -> str:
        """A text; numbers are written as they are."""
        value = self.values.get(key)
        if value is None:
            return default
        if value is True:
            raise self.error(f"has no value for {key}.", f'Write {key}="…".')
        return value if isinstance(value, str) else formats.write(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """``true`` or ``false``, as text, expression or bare attribute."""
        value = self.values.get(key, default)
        if value in {True, "true"}:
            return True
        if value in {False, "false"}:
            return False
        raise self.error(f"has {key}={value!r}.", "Give true or false.")

    def number(self, key: str) -> float | None:
        """A number, None where it is not given."""
        value = self.values.get(key)
        if value is None:
            return None
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise self.error(f"has {key}={value!r}, which is not a number.", "Give a number.") from error

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """One of ``choices``."""
        value = self.values.get(key, default)
        if value not in choices:
            raise self.error(f"has {key}={value!r}.", f"Known: {', '.join(choices)}.")
        return str(value)

    def color(self, key: str, theme: Theme, default: str) -> str:
        """The name of a colour of the theme."""
        return self.theme_color(self.text(key, default), theme, key)

    def theme_color(self, name: Any, theme: Theme, key: str) -> str:
        """Check that ``name`` is a colour of the theme."""
        try:
            theme.color(str(name))
        except KeyError as error:
            raise self.error(
                f"has {key}={name!r}, which is no colour of the theme.",
                "Name one of evidence.config.yaml, so that it reads well in light and dark.",
            ) from error
        return str(name)

    def format_code(self, key: str) -> str | None:
        """A format name or Excel-style code, checked."""
        code = self.values.get(key)
        if code is None:
            return None
        for check in (formats.number_format, formats.date_format):
            try:
                check(str(code))
            except formats.FormatError:
                continue
            return str(code)
        raise self.error(f"has {key}={code!r}, which is no format.", "Give a format name or an Excel-style code.")

    def write(self, value: Any, key: str) -> str:
        """A value in the format that the attribute ``key`` names."""
        code = self.format_code(key)
        try:
            return formats.write(value, code)
        except formats.FormatError as error:
            raise self.error(f"has {key}={code!r}: {error}.", "Give a format that fits the column.") from error

    # -- data --------------------------------------------------------------------------------------------------------

    def data(self) -> Result:
        """The query result, or the one row of a loop."""
        value = self.values.get("data")
        if isinstance(value, Result):
            return value
        if isinstance(value, dict):
            return Result("ligne", {name: kind_of(item) for name, item in value.items()}, [value])
        raise self.error("needs a query in data.", "Write data={query}.")

    def column(self, key: str, result: Result, *, kind: str | None = None) -> str:
        """The name of a column of ``result``, checked."""
        return self.check_column(self.text(key), key, result, kind=kind)

    def check_column(self, column: str, key: str, result: Result, *, kind: str | None = None) -> str:
        """Check that ``column`` is one of ``result`` and, where wanted, of the kind given."""
        if column not in result.kinds:
            near = difflib.get_close_matches(column, result.kinds, n=1)
            known = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(result.kinds)}."
            raise self.error(f"has {key}={column!r}, which query {result.name} does not give.", known)
        if kind and len(result) and result.kinds[column] != kind and any(result.values(column)):
            found = result.kinds[column]
            raise self.error(f"has {key}={column!r}, which is a {found}, not a {kind}.", "Name another column.")
        return column

    def empty(self, result: Result) -> Html | None:
        """What to show instead where there is no row; None where there are rows.

        Raises:
            PageError: there is no row and ``emptySet`` does not say that this may be.
        """
        if len(result):
            return None
        if self.choice("emptySet", EMPTY_SET, "error") == "error":
            raise self.error(
                f"gets no row from query {result.name}.",
                f'Guard it with {{#if {result.name}.length > 0}}, or set emptySet="pass".',
            )
        return Html(f'<p class="empty">{escape(self.text("emptyMessage", NO_ROWS))}</p>')

    def parts(self, context: Context, known: dict[str, frozenset[str]]) -> list[Props]:
        """The components that this one is made of; ``known`` maps their names to their attributes."""
        found: list[Props] = []
        for child in self.node.children:
            if isinstance(child, Text) and not child.text.strip():
                continue
            if not isinstance(child, Component) or child.name not in known:
                what = f"<{child.name}>" if isinstance(child, Component) else "text or blocks"
                raise PageError(
                    child.where, f"<{self.name}> cannot hold {what}.", f"Known: {', '.join(sorted(known))}."
                )
            found.append(Props(child, context, known[child.name], ()))
        return found


def render_component(node: Component, context: Context) -> Html:
    """Draw one component.

    Raises:
        PageError: it is unknown, or not used as it should be.
    """
    definition = COMPONENTS.get(node.name)
    if definition is None:
        near = difflib.get_close_matches(node.name, COMPONENTS, n=1)
        raise PageError(
            node.where,
            f"unknown component <{node.name}>.",
            f"Did you mean <{near[0]}>?" if near else f"Known: {', '.join(sorted(COMPONENTS))}.",
        )
    if node.children and not (definition.takes_markdown or definition.parts):
        raise PageError(node.where, f"<{node.name}> takes nothing inside.", f"Write <{node.name} …/>.")
    return definition.render(context, Props(node, context, definition.attributes, definition.required))


def evaluate(value: Any, scope: dict[str, Any]) -> Any:
    """The value of an attribute: text as it is, expressions evaluated, texts with expressions put together."""
    if isinstance(value, Expression):
        return evaluate_expression(value, scope)
    if isinstance(value, list):
        parts = [
            formats.write(evaluate_expression(part, scope)) if isinstance(part, Expression) else part for part in value
        ]
        return "".join(parts)
    return value


def evaluate_expression(expression: Expression, scope: dict[str, Any]) -> Any:
    """Evaluate ``{expression}``.

    Raises:
        PageError: it names something unknown or does something impossible.
    """
    try:
        return expression.evaluate(scope)
    except (ExpressionError, formats.FormatError) as error:
        raise PageError(expression.where, f"{{{expression.source}}} fails: {error}.", "Correct it.") from error


def kind_of(value: Any) -> str:
    """The kind of column that a value would stand in."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, date):
        return "datetime" if hasattr(value, "hour") else "date"
    return "text"


def column_title(column: str) -> str:
    """What a column is called where no title is given."""
    words = column.replace("_", " ")
    return words[:1].upper() + words[1:]


def escape(text: str) -> str:
    """Text as HTML."""
    return html.escape(text, quote=True)


def to_csv(result: Result) -> bytes:
    """Rows as CSV for machines: UTF-8, comma, dot, ISO 8601."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(result.kinds)
    for row in result.rows:
        writer.writerow("" if value is None else _machine(value) for value in row.values())
    return buffer.getvalue().encode()


def _machine(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 6) if isinstance(value, float) else value
