"""Evidence's page syntax: Markdown with ```sql name blocks, {expressions}, {#if}, {#each} and <Components/>.

``parse`` turns a file into a tree of nodes that each know their file and line. Nothing is evaluated here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from reports.errors import PageError, Where
from reports.expressions import ExpressionError, compile_expression
from reports.formats import write

FUNCTIONS = {"fmt": write}
"""What a page may call inside braces."""


@dataclass(frozen=True)
class Node:
    """A piece of a page."""

    where: Where


@dataclass(frozen=True)
class Text(Node):
    """Markdown, passed on as it is."""

    text: str


@dataclass(frozen=True)
class Sql(Node):
    """A named query."""

    name: str
    sql: str


@dataclass(frozen=True)
class Expression(Node):
    """``{expression}``; ``evaluate`` takes a scope."""

    source: str
    evaluate: Any


@dataclass(frozen=True)
class Partial(Node):
    """``{@partial "file.md"}``."""

    file: str


@dataclass(frozen=True)
class If(Node):
    """Branches in order; the condition of ``{:else}`` is None."""

    branches: tuple[tuple[Expression | None, tuple[Node, ...]], ...]


@dataclass(frozen=True)
class Each(Node):
    """``{#each rows as alias}``."""

    rows: Expression
    alias: str
    body: tuple[Node, ...]


@dataclass(frozen=True)
class Component(Node):
    """``<Name attribute=value/>``; an attribute is a text, True, an Expression or a list of texts and Expressions."""

    name: str
    attributes: dict[str, Any]
    children: tuple[Node, ...] = ()


@dataclass
class _Open:
    """A block that is being read: what opened it and what came so far."""

    kind: str
    where: Where
    nodes: list[Node] = field(default_factory=list)
    branches: list[tuple[Expression | None, tuple[Node, ...]]] = field(default_factory=list)
    condition: Expression | None = None
    alias: str = ""
    name: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*)\n", re.MULTILINE)
_NEXT = re.compile(r"^[ \t]*(?:`{3,}|~{3,})|`+|\\[{}<]|\{|</?[A-Z]|<!--|<(?:script|style)\b", re.MULTILINE)
_TAG_NAME = re.compile(r"</?([A-Z][A-Za-z0-9]*)")
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w-]*)(\s*=\s*)?")
_BARE = re.compile(r"[^\s\"'{}=<>`/]+(?:/(?!>)[^\s\"'{}=<>`/]*)*")
_EACH = re.compile(r"(?s)(.+)\bas\s+([A-Za-z_]\w*)\s*$")
_SQL_NAME = re.compile(r"sql\s+([A-Za-z_]\w*)\s*$")


def parse(text: str, file: str, first_line: int = 1) -> tuple[Node, ...]:
    """Parse the body of a page or partial; ``first_line`` is the number of its first line in the file.

    Raises:
        PageError: the syntax is not Evidence's, or is a part of it that this builder does not know.
    """
    return _Parser(text, file, first_line).parse()


class _Parser:
    def __init__(self, text: str, file: str, first_line: int) -> None:
        self.text = text
        self.file = file
        self.first_line = first_line
        self.position = 0
        self.stack = [_Open("page", Where(file, first_line))]

    # -- where we are ----------------------------------------------------------------------------------------------

    def where(self, position: int | None = None) -> Where:
        at = self.position if position is None else position
        return Where(self.file, self.first_line + self.text.count("\n", 0, at))

    def fail(self, cause: str, remedy: str = "", position: int | None = None) -> NoReturn:
        raise PageError(self.where(position), cause, remedy)

    def add(self, node: Node) -> None:
        self.stack[-1].nodes.append(node)

    def add_text(self, start: int, end: int) -> None:
        if end > start:
            self.add(Text(self.where(start), self.text[start:end]))

    # -- the loop --------------------------------------------------------------------------------------------------

    def parse(self) -> tuple[Node, ...]:
        while match := _NEXT.search(self.text, self.position):
            self.add_text(self.position, match.start())
            self.position = match.start()
            found = match.group()
            if found.lstrip()[:3] in {"```", "~~~"}:
                self.fence()
            elif found.startswith("`"):
                self.code_span(found)
            elif found.startswith("\\"):
                self.add(Text(self.where(), found))
                self.position += len(found)
            elif found == "{":
                self.braces()
            elif found == "<!--":
                self.comment()
            elif found.startswith(("<script", "<style")):
                self.fail(f"{found}> is not supported in a page.", "Use components, SQL and Markdown only.")
            elif found.startswith("</"):
                self.closing_tag()
            else:
                self.opening_tag()
        self.add_text(self.position, len(self.text))
        if len(self.stack) > 1:
            opened = self.stack[-1]
            raise PageError(opened.where, f"{opened.kind} is never closed.", "Close it.")
        return tuple(self.stack[0].nodes)

    # -- Markdown that is not to be looked into --------------------------------------------------------------------

    def fence(self) -> None:
        start = self.position
        opening = _FENCE.match(self.text, start)
        if opening is None:
            self.fail("a code fence is opened at the end of the file.", "Close it.")
        ticks = opening["ticks"]
        closing = re.compile(rf"^[ \t]*{re.escape(ticks[0])}{{{len(ticks)},}}[ \t]*$", re.MULTILINE)
        end = closing.search(self.text, opening.end())
        if end is None:
            self.fail("a code fence is never closed.", f"Close it with {ticks}.")
        info = opening["info"].strip()
        body = self.text[opening.end() : end.start()]
        if info.startswith("sql"):
            name = _SQL_NAME.match(info)
            if name is None:
                self.fail(f"```{info} has no name.", "Name the query: ```sql my_query.")
            self.add(Sql(self.where(opening.end()), name[1], body.strip().rstrip(";")))
        else:
            self.add(Text(self.where(start), self.text[start : end.end()]))
        self.position = end.end()

    def code_span(self, ticks: str) -> None:
        end = re.compile(rf"(?<!`){ticks}(?!`)").search(self.text, self.position + len(ticks))
        stop = end.end() if end else self.position + len(ticks)
        self.add_text(self.position, stop)
        self.position = stop

    def comment(self) -> None:
        end = self.text.find("-->", self.position)
        if end < 0:
            self.fail("<!-- is never closed.", "Close it with -->.")
        self.position = end + 3

    # -- braces ----------------------------------------------------------------------------------------------------

    def brace_content(self) -> str:
        """What stands between the brace at the position and its partner; moves behind it."""
        start, depth, quote = self.position, 0, ""
        for index in range(start, len(self.text)):
            character = self.text[index]
            if quote:
                if character == quote and self.text[index - 1] != "\\":
                    quote = ""
            elif character in "\"'":
                quote = character
            elif character == "{":
                depth += 1
            elif character == "}":
                depth -= 1
                if depth == 0:
                    self.position = index + 1
                    return self.text[start + 1 : index]
        raise PageError(self.where(start), "{ is never closed.", "Close it with }, or write \\{ for a plain brace.")

    def expression(self, source: str, where: Where) -> Expression:
        try:
            return Expression(where, source.strip(), compile_expression(source, FUNCTIONS))
        except ExpressionError as error:
            raise PageError(where, f"{{{source.strip()}}} cannot be read: {error}.", "Correct it.") from error

    def braces(self) -> None:
        where = self.where()
        content = self.brace_content().strip()
        if content.startswith("@"):
            self.partial(content, where)
        elif content.startswith("#if"):
            self.stack.append(_Open("{#if}", where, condition=self.expression(content[3:], where)))
        elif content.startswith("#each"):
            self.each(content[5:], where)
        elif content.startswith(":else"):
            self.otherwise(content[5:].strip(), where)
        elif content in {"/if", "/each"}:
            self.close("{#" + content[1:] + "}", where)
        elif content[:1] in {"#", ":", "/"}:
            raise PageError(where, f"{{{content}}} is not supported.", "Known blocks: {#if}, {:else}, {#each}.")
        else:
            self.add(self.expression(content, where))

    def partial(self, content: str, where: Where) -> None:
        match = re.fullmatch(r"@partial\s+[\"']([\w./-]+)[\"']", content)
        if match is None:
            raise PageError(where, f"{{{content}}} is not supported.", 'Write {@partial "file.md"}.')
        self.add(Partial(where, match[1]))

    def each(self, content: str, where: Where) -> None:
        match = _EACH.match(content.strip())
        if match is None:
            raise PageError(where, f"{{#each{content}}} cannot be read.", "Write {#each query as row}.")
        self.stack.append(_Open("{#each}", where, condition=self.expression(match[1], where), alias=match[2]))

    def otherwise(self, content: str, where: Where) -> None:
        block = self.stack[-1]
        if block.kind != "{#if}":
            raise PageError(where, "{:else} stands outside of {#if}.", "Remove it or open an {#if}.")
        block.branches.append((block.condition, tuple(block.nodes)))
        block.nodes = []
        block.condition = self.expression(content[2:], where) if content.startswith("if") else None

    def close(self, kind: str, where: Where) -> None:
        block = self.stack.pop() if len(self.stack) > 1 else self.stack[0]
        if block.kind != kind:
            raise PageError(
                where,
                f"{kind.replace('#', '/')} closes nothing: {block.kind} of line {block.where.line} is open.",
                "Close the blocks in the order in which they were opened.",
            )
        if kind == "{#if}":
            block.branches.append((block.condition, tuple(block.nodes)))
            self.add(If(block.where, tuple(block.branches)))
        elif block.condition is not None:
            self.add(Each(block.where, block.condition, block.alias, tuple(block.nodes)))

    # -- components ------------------------------------------------------------------------------------------------

    def opening_tag(self) -> None:
        where = self.where()
        match = _TAG_NAME.match(self.text, self.position)
        name = match[1] if match else ""
        self.position += len(name) + 1
        attributes: dict[str, Any] = {}
        while True:
            self.skip_space()
            if self.text.startswith("/>", self.position):
                self.position += 2
                self.add(Component(where, name, attributes))
                return
            if self.text.startswith(">", self.position):
                self.position += 1
                self.stack.append(_Open(f"<{name}>", where, name=name, attributes=attributes))
                return
            key, value = self.attribute(name)
            if key in attributes:
                self.fail(f"<{name}> has the attribute {key} twice.", "Keep one.")
            attributes[key] = value

    def closing_tag(self) -> None:
        where = self.where()
        match = _TAG_NAME.match(self.text, self.position)
        name = match[1] if match else ""
        end = self.text.find(">", self.position)
        if end < 0:
            self.fail(f"</{name} is never closed.", "Close it with >.")
        self.position = end + 1
        block = self.stack.pop() if len(self.stack) > 1 else self.stack[0]
        if block.kind != f"<{name}>":
            raise PageError(
                where,
                f"</{name}> closes nothing: {block.kind} of line {block.where.line} is open.",
                "Close the blocks in the order in which they were opened.",
            )
        self.add(Component(block.where, name, block.attributes, tuple(block.nodes)))

    def skip_space(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1

    def attribute(self, component: str) -> tuple[str, Any]:
        match = _ATTRIBUTE.match(self.text, self.position)
        if match is None:
            self.fail(f"<{component}> is never closed, or an attribute cannot be read.", "Close it with /> or >.")
        self.position = match.end()
        if match[2] is None:
            return match[1], True
        return match[1], self.value(component, match[1])

    def value(self, component: str, key: str) -> Any:
        where = self.where()
        character = self.text[self.position : self.position + 1]
        if character == "{":
            return self.expression(self.brace_content(), where)
        if character in {'"', "'"}:
            return self.quoted(character, key)
        match = _BARE.match(self.text, self.position)
        if match is None:
            self.fail(f"<{component}> has no value for {key}.", f"Give one: {key}=value.")
        self.position = match.end()
        return match.group()

    def quoted(self, quote: str, key: str) -> Any:
        """A text in quotes, in which ``{expressions}`` may stand and hold quotes of their own."""
        start = self.position
        self.position += 1
        parts: list[str | Expression] = []
        plain = ""
        while (character := self.text[self.position : self.position + 1]) != quote:
            if not character:
                self.fail(f"the value of {key} is never closed.", f"Close it with {quote}.", start)
            if character == "{":
                parts += [plain] if plain else []
                plain = ""
                where = self.where()
                parts.append(self.expression(self.brace_content(), where))
                continue
            plain += character
            self.position += 1
        self.position += 1
        if not parts:
            return plain
        return [*parts, plain] if plain else parts
