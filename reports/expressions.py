"""The expressions that Evidence pages write in braces: a small, side-effect-free subset of JavaScript.

Literals, query and row names, ``a.b``, ``a?.b``, ``a[0]``, ``!``, ``-``, arithmetic, comparisons, ``&&``, ``||``,
``??``, ``c ? a : b``, arrays, objects and ``fmt(value, code)``. Truth is JavaScript's: 0, "", null and NaN are false,
an empty query result is true. Unlike JavaScript, a column that does not exist is an error.
"""

from __future__ import annotations

import math
import operator as operators
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class ExpressionError(ValueError):
    """The expression is not one of this subset, or cannot be evaluated."""


@dataclass(frozen=True)
class Token:
    """One token: ``kind`` is number, string, name, operator or end."""

    kind: str
    text: str
    value: Any = None


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?)
  | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<operator>===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.|[-+*/%<>!?:.,()\[\]{}])
  )""",
    re.VERBOSE,
)
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None}
_COMPARISONS = {"<": operators.lt, ">": operators.gt, "<=": operators.le, ">=": operators.ge}
_PRECEDENCE = {
    **dict.fromkeys(("||", "??"), 1),
    "&&": 2,
    **dict.fromkeys(("==", "!=", "===", "!=="), 3),
    **dict.fromkeys(("<", ">", "<=", ">="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "%"), 6),
}


def tokenise(source: str) -> list[Token]:
    """Split an expression into tokens, ending in one of kind ``end``."""
    tokens: list[Token] = []
    position = 0
    source = source.rstrip()
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise ExpressionError(f"unexpected {source[position:].strip()[:20]!r}")
        position = match.end()
        kind = str(match.lastgroup)
        text = match.group(kind)
        value: Any = text
        if kind == "number":
            value = float(text) if "." in text else int(text)
        elif kind == "string":
            value = re.sub(r"\\(.)", r"\1", text[1:-1])
        tokens.append(Token(kind, text, value))
    return [*tokens, Token("end", "")]


def truthy(value: Any) -> bool:
    """JavaScript's truth of a value."""
    if value is None or value is False or value == "":
        return False
    if isinstance(value, (int, float)):
        return value != 0 and not math.isnan(value)
    return True


def compile_expression(source: str, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
    """Parse ``source`` into a function of a scope (name -> value).

    Raises:
        ExpressionError: it is not an expression of this subset; evaluating raises it for unknown names and columns.
    """
    parser = _Parser(tokenise(source), functions or {})
    evaluate = parser.conditional()
    if parser.current.kind != "end":
        raise ExpressionError(f"unexpected {parser.current.text!r} in {source.strip()!r}")
    return evaluate


class _Parser:
    """A Pratt parser that makes closures."""

    def __init__(self, tokens: Sequence[Token], functions: Mapping[str, Callable[..., Any]]) -> None:
        self.tokens = tokens
        self.functions = functions
        self.position = 0

    @property
    def current(self) -> Token:
        return self.tokens[self.position]

    def accept(self, *operators: str) -> str | None:
        if self.current.kind == "operator" and self.current.text in operators:
            self.position += 1
            return self.tokens[self.position - 1].text
        return None

    def expect(self, operator: str) -> None:
        if not self.accept(operator):
            raise ExpressionError(f"expected {operator!r}, found {self.current.text or 'the end'!r}")

    def conditional(self) -> Any:
        condition = self.binary(1)
        if not self.accept("?"):
            return condition
        yes = self.conditional()
        self.expect(":")
        no = self.conditional()
        return lambda scope: yes(scope) if truthy(condition(scope)) else no(scope)

    def binary(self, least: int) -> Any:
        left = self.unary()
        while self.current.kind == "operator" and (precedence := _PRECEDENCE.get(self.current.text, 0)) >= least:
            operator = self.current.text
            self.position += 1
            left = _binary(operator, left, self.binary(precedence + 1))
        return left

    def unary(self) -> Any:
        if self.accept("!"):
            operand = self.unary()
            return lambda scope: not truthy(operand(scope))
        if self.accept("-"):
            operand = self.unary()
            return lambda scope: -_number(operand(scope))
        return self.postfix(self.primary())

    def postfix(self, value: Any) -> Any:
        while operator := self.accept(".", "?.", "["):
            if operator == "[":
                index = self.conditional()
                self.expect("]")
                value = _index(value, index)
                continue
            if self.current.kind != "name":
                raise ExpressionError(f"expected a name after {operator!r}")
            name = self.current.text
            self.position += 1
            value = _member(value, name, optional=operator == "?.")
        return value

    def primary(self) -> Any:
        token = self.current
        self.position += 1
        if token.kind in {"number", "string"}:
            return lambda _scope: token.value
        if token.kind == "name":
            if self.current.text == "(" and self.current.kind == "operator":
                return self.call(token.text)
            if token.text in _CONSTANTS:
                return lambda _scope: _CONSTANTS[token.text]
            return lambda scope: _lookup(scope, token.text)
        return self.bracketed(token)

    def bracketed(self, token: Token) -> Any:
        if token.kind == "operator" and token.text == "(":
            inner = self.conditional()
            self.expect(")")
            return inner
        if token.kind == "operator" and token.text == "[":
            items = self.items("]")
            return lambda scope: [item(scope) for item in items]
        if token.kind == "operator" and token.text == "{":
            return self.object()
        raise ExpressionError(f"unexpected {token.text or 'end of expression'!r}")

    def items(self, end: str) -> list[Any]:
        items: list[Any] = []
        while not self.accept(end):
            items.append(self.conditional())
            if not self.accept(","):
                self.expect(end)
                break
        return items

    def call(self, name: str) -> Any:
        function = self.functions.get(name)
        if function is None:
            raise ExpressionError(f"unknown function {name}()")
        self.expect("(")
        arguments = self.items(")")
        return lambda scope: function(*(argument(scope) for argument in arguments))

    def object(self) -> Any:
        pairs: list[tuple[str, Any]] = []
        while not self.accept("}"):
            key = self.current
            if key.kind not in {"name", "string"}:
                raise ExpressionError(f"expected a key, found {key.text!r}")
            self.position += 1
            self.expect(":")
            pairs.append((str(key.value), self.conditional()))
            if not self.accept(","):
                self.expect("}")
                break
        return lambda scope: {key: value(scope) for key, value in pairs}


def _lookup(scope: Mapping[str, Any], name: str) -> Any:
    if name not in scope:
        raise ExpressionError(f"unknown name {name!r} (known: {', '.join(sorted(scope)) or 'none'})")
    return scope[name]


def _index(value: Any, index: Any) -> Any:
    def evaluate(scope: Mapping[str, Any]) -> Any:
        holder, key = value(scope), index(scope)
        if isinstance(key, str):
            return _get(holder, key)
        rows = getattr(holder, "rows", holder)
        if not isinstance(rows, list):
            raise ExpressionError(f"[{key}] of something that is no list")
        return rows[int(key)] if 0 <= int(key) < len(rows) else None

    return evaluate


def _member(value: Any, name: str, *, optional: bool) -> Any:
    def evaluate(scope: Mapping[str, Any]) -> Any:
        holder = value(scope)
        if holder is None:
            if optional:
                return None
            raise ExpressionError(f"there is no row to read .{name} from: guard it with {{#if query.length > 0}}")
        return _get(holder, name)

    return evaluate


def _get(holder: Any, name: str) -> Any:
    if name == "length":
        return len(holder)
    if isinstance(holder, dict):
        if name not in holder:
            raise ExpressionError(f"unknown column {name!r} (known: {', '.join(holder)})")
        return holder[name]
    raise ExpressionError(f"cannot read {name!r} of {type(holder).__name__}")


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ExpressionError(f"{value!r} is not a number")
    return value


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        return f"{'' if left is None else left}{'' if right is None else right}"
    return _number(left) + _number(right)


def _compare(operator: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    try:
        return bool(_COMPARISONS[operator](left, right))
    except TypeError as error:
        raise ExpressionError(f"cannot compare {left!r} {operator} {right!r}") from error


def _short_circuit(operator: str, left: Any, right: Any) -> Any:
    def evaluate(scope: Mapping[str, Any]) -> Any:
        a = left(scope)
        keep = {"&&": not truthy(a), "||": truthy(a), "??": a is not None}[operator]
        return a if keep else right(scope)

    return evaluate


def _binary(operator: str, left: Any, right: Any) -> Any:
    if operator in {"&&", "||", "??"}:
        return _short_circuit(operator, left, right)

    def evaluate(scope: Mapping[str, Any]) -> Any:
        a, b = left(scope), right(scope)
        if operator in {"==", "===", "!=", "!=="}:
            return (a == b) is operator.startswith("=")
        if operator in {"<", ">", "<=", ">="}:
            return _compare(operator, a, b)
        if operator == "+":
            return _add(a, b)
        return _arithmetic(operator, _number(a), _number(b))

    return evaluate


def _arithmetic(operator: str, a: float, b: float) -> float:
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    if b == 0:
        raise ExpressionError("division by zero")
    return a / b if operator == "/" else math.fmod(a, b)
