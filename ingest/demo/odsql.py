"""The part of Opendatasoft's query language that clients of éCO2mix use, on Arrow tables.

``where``: comparisons with numbers, quoted text and ``date'...'``; ``is [not] null``; ``in (a, b)`` and
``in [a..b]``; ``and``, ``or``, ``not`` and brackets. ``order_by``: fields, each with ``asc`` or ``desc``. ``select``:
fields, or ``*``. Reference: Opendatasoft's documentation of the Explore API v2.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ingest.demo.answers import BadRequestError

if TYPE_CHECKING:
    import pyarrow as pa

TOKEN = re.compile(
    r"""\s*(?:
      (?P<date>date\s*'[^']*')
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<number>-?\d+\.\d+|-?\d+(?!\.\d))
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol>\.\.|<=|>=|!=|<>|[=<>(),\[\]])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
COMPARISONS = {"=": "equal", "!=": "not_equal", "<>": "not_equal", "<": "less", "<=": "less_equal", ">": "greater"}
COMPARISONS |= {">=": "greater_equal"}


def malformed(message: str) -> BadRequestError:
    """The error that the API gives for a query that it cannot read."""
    return BadRequestError({"error_code": "ODSQLError", "message": f"ODSQL query is malformed: {message}"})


def select_columns(table: pa.Table, select: str) -> pa.Table:
    """The fields named, in that order."""
    names = [name.strip() for name in select.split(",") if name.strip()]
    if not names or names == ["*"]:
        return table
    for name in names:
        _known(table, name)
    return table.select(names)


def order_rows(table: pa.Table, order_by: str) -> pa.Table:
    """Rows sorted by the fields named, blanks last."""
    keys = []
    for part in filter(None, (part.split() for part in order_by.split(","))):
        direction = part[1].lower() if len(part) > 1 else "asc"
        if len(part) > 2 or direction not in {"asc", "desc"}:  # noqa: PLR2004 - field and direction
            raise malformed(f"cannot order by {' '.join(part)!r}")
        _known(table, part[0])
        keys.append((part[0], "descending" if direction == "desc" else "ascending"))
    return table.sort_by(keys) if keys else table


def filter_rows(table: pa.Table, where: str) -> pa.Table:
    """Rows for which the condition holds; a comparison with a blank does not hold."""
    if not where.strip():
        return table
    parser = _Parser(table, where)
    expression = parser.disjunction()
    if parser.kind() is not None:
        raise malformed(f"unexpected {parser.value()!r}")
    return table.filter(expression)


def _known(table: pa.Table, name: str) -> None:
    if name not in table.column_names:
        raise malformed(f"Unknown field: {name}.")


@dataclass
class _Parser:
    """Recursive descent over the tokens of one ``where``."""

    table: pa.Table
    where: str

    def __post_init__(self) -> None:
        self._tokens: list[tuple[str, str]] = []
        position, end = 0, len(self.where.rstrip())
        while position < end:
            match = TOKEN.match(self.where, position)
            if match is None or match.lastgroup is None:
                raise malformed(f"cannot read {self.where[position:end]!r}")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._at = 0

    def kind(self) -> str | None:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    def value(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def take(self, *words: str) -> bool:
        """Step over the next token where it is one of these words or symbols."""
        if self.kind() in {"word", "symbol"} and self.value().lower() in words:
            self._at += 1
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise malformed(f"expected {word!r}, found {self.value()!r}")

    def disjunction(self) -> Any:
        left = self.conjunction()
        while self.take("or"):
            left = left | self.conjunction()
        return left

    def conjunction(self) -> Any:
        left = self.condition()
        while self.take("and"):
            left = left & self.condition()
        return left

    def condition(self) -> Any:
        if self.take("not"):
            return ~self.condition()
        if self.take("("):
            inner = self.disjunction()
            self.expect(")")
            return inner
        return self.predicate()

    def predicate(self) -> Any:
        import pyarrow.compute as pc  # noqa: PLC0415 - heavy

        if self.kind() != "word":
            raise malformed(f"expected a field, found {self.value()!r}")
        name = self.value()
        _known(self.table, name)
        self._at += 1
        field = pc.field(name)
        if self.take("is"):
            negated = self.take("not")
            self.expect("null")
            return field.is_valid() if negated else field.is_null()
        negated = self.take("not")
        if self.take("in"):
            inside = self.membership(name)
            return ~inside if negated else inside
        if negated or self.value() not in COMPARISONS:
            raise malformed(f"expected a comparison after {name!r}, found {self.value()!r}")
        operator = COMPARISONS[self.value()]
        self._at += 1
        return getattr(pc, operator)(field, self.literal(name))

    def membership(self, name: str) -> Any:
        import pyarrow.compute as pc  # noqa: PLC0415

        field = pc.field(name)
        if self.take("("):
            inside = field == self.literal(name)
            while self.take(","):
                inside = inside | (field == self.literal(name))
            self.expect(")")
            return inside
        open_low = self.value() == "]"
        if not self.take("[", "]"):
            raise malformed(f"expected a list or a range, found {self.value()!r}")
        low = self.literal(name)
        self.expect("..")
        high = self.literal(name)
        open_high = self.value() == "["
        if not self.take("[", "]"):
            raise malformed(f"expected the end of a range, found {self.value()!r}")
        return (field > low if open_low else field >= low) & (field < high if open_high else field <= high)

    def literal(self, name: str) -> Any:
        """The next value, as the type of the field that it is compared with."""
        import pyarrow as pa  # noqa: PLC0415

        kind, text = self.kind(), self.value()
        if kind not in {"date", "text", "number"}:
            raise malformed(f"expected a value, found {text!r}")
        self._at += 1
        column_type = self.table.schema.field(name).type
        if kind == "number":
            if not (pa.types.is_integer(column_type) or pa.types.is_floating(column_type)):
                raise malformed(f"{name} is no number")
            return float(text) if "." in text else int(text)
        content = text[text.index(text[-1]) + 1 : -1]
        if pa.types.is_timestamp(column_type):
            return pa.scalar(_instant(content), column_type)
        if kind == "date" and not pa.types.is_string(column_type):
            raise malformed(f"{name} is no date")
        if not pa.types.is_string(column_type):
            raise malformed(f"{name} is no text")
        return content


def _instant(text: str) -> datetime:
    """ISO 8601, a slash form of a date, with or without offset; without one it is UTC."""
    try:
        instant = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError as error:
        raise malformed(f"{text!r} is no date") from error
    if isinstance(instant, date) and instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC)
