"""Values as French readers expect them, by Evidence's format names and Excel-style codes.

Thousands are parted by a narrow no-break space, decimals by a comma; negative numbers bear a true minus sign. Dates
are written out in French. A value that is missing is an em dash.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

NARROW = "\u202f"
"""Narrow no-break space: between thousands, before % ; ! ?"""
NO_BREAK = "\u00a0"
"""No-break space: between a number and its unit, before a colon."""
MINUS = "\u2212"
MISSING = "—"

NUMBER_NAMES = {
    **{f"num{n}": "#,##0" + ("." + "0" * n if n else "") for n in range(5)},
    **{f"num{n}k": "#,##0" + ("." + "0" * n if n else "") + ',"k"' for n in range(3)},
    **{f"num{n}m": "#,##0" + ("." + "0" * n if n else "") + ',,"M"' for n in range(3)},
    **{f"pct{n}": "#,##0" + ("." + "0" * n if n else "") + "%" for n in range(4)},
    **{f"eur{n}": "#,##0" + ("." + "0" * n if n else "") + '" €"' for n in range(3)},
    "pct": "#,##0.0%",
    "eur": '#,##0" €"',
    "id": "0",
}
DATE_NAMES = {
    "ddd": "ddd",
    "dddd": "dddd",
    "mmm": "mmm",
    "mmmm": "mmmm",
    "yyyy": "yyyy",
    "shortdate": "d mmm yyyy",
    "longdate": "d mmmm yyyy",
    "fulldate": "dddd d mmmm yyyy",
    "dmy": "dd/mm/yyyy",
    "mdy": "dd/mm/yyyy",  # French readers know one order only
    "hms": "HH:MM:SS",
}
AUTO_DATE = "d mmm yyyy"
AUTO_DATETIME = "d mmm yyyy, HH:MM"


class FormatError(ValueError):
    """A format code that is neither a known name nor an Excel-style code."""


@dataclass(frozen=True)
class NumberFormat:
    """One section of an Excel-style number code."""

    prefix: str
    suffix: str
    least_decimals: int
    most_decimals: int
    grouped: bool
    factor: float

    def apply(self, value: float, *, extra_decimals: int = 0) -> str:
        """Write ``value``, sign included; ``extra_decimals`` widens the code where an axis needs it."""
        scaled = abs(value) * self.factor
        text = f"{scaled:,.{self.most_decimals + extra_decimals}f}"
        whole, _, decimals = text.partition(".")
        spare = self.most_decimals - self.least_decimals
        while spare and decimals.endswith("0"):
            decimals, spare = decimals[:-1], spare - 1
        whole = whole.replace(",", NARROW if self.grouped else "")
        negative = value < 0 and any(digit not in "0.," for digit in text)
        return f"{MINUS if negative else ''}{self.prefix}{whole}{',' + decimals if decimals else ''}{self.suffix}"


_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_DIGITS = re.compile(r"[#0][#0,.]*|\.[#0]+")


def _literals(text: str) -> str:
    return _LITERAL.sub(lambda match: match.group(1) or match.group(2) or "", text)


def _affix(text: str) -> str:
    return re.sub(r"\s*%", f"{NARROW}%", _literals(text)).replace(" ", NO_BREAK)


def _section(code: str) -> NumberFormat:
    masked = _LITERAL.sub(lambda match: "\x00" * len(match.group()), code)
    digits = _DIGITS.search(masked)
    if digits is None or re.search(r"[A-Za-z]", masked):
        raise FormatError(f"{code!r} is no number format")
    pattern = digits.group()
    whole, _, decimals = pattern.partition(".")
    body = pattern.rstrip(",")
    thousands = len(pattern) - len(body)
    decimals = decimals.rstrip(",")
    return NumberFormat(
        prefix=_affix(code[: digits.start()]),
        suffix=_affix(code[digits.end() :]),
        least_decimals=decimals.count("0"),
        most_decimals=len(decimals),
        grouped="," in whole.rstrip(","),
        factor=(100.0 if "%" in masked else 1.0) / 1000.0**thousands,
    )


@lru_cache(maxsize=512)
def number_format(code: str) -> tuple[NumberFormat, NumberFormat | None]:
    """Parse a number code into its positive and, where given, its negative section.

    Raises:
        FormatError: it is not a number code.
    """
    sections = [part for part in re.split(r";(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", NUMBER_NAMES.get(code, code)) if part]
    if not sections:
        raise FormatError(f"{code!r} is no number format")
    return _section(sections[0]), _section(sections[1]) if len(sections) > 1 else None


def number(value: float, code: str, *, extra_decimals: int = 0) -> str:
    """Write a number by a format name or an Excel-style code."""
    if math.isnan(value):
        return MISSING
    positive, negative = number_format(code)
    if value < 0 and negative is not None:
        return negative.apply(-value, extra_decimals=extra_decimals).replace("-", MINUS)
    return positive.apply(value, extra_decimals=extra_decimals)


def exactly(value: Any, code: str | None) -> str:
    """Write a value for a table: a code that rounds to thousands or millions (axes do) gives way to all digits."""
    if code is not None and isinstance(value, (int, float)) and number_format(code)[0].factor < 1:
        return write(value, "#,##0")
    return write(value, code)


@lru_cache(maxsize=1)
def french_names() -> dict[str, dict[int, str]]:
    """Names of days (0 = Monday) and months (1 = January), long and short, from CLDR."""
    from babel.dates import get_day_names, get_month_names  # noqa: PLC0415 - not needed to check a page

    return {
        "dddd": dict(get_day_names("wide", locale="fr")),
        "ddd": dict(get_day_names("abbreviated", locale="fr")),
        "mmmm": dict(get_month_names("wide", locale="fr")),
        "mmm": dict(get_month_names("abbreviated", locale="fr")),
    }


_MINUTES = "MI"  # a token of its own: Excel writes months and minutes alike
_DATE_TOKEN = re.compile(r'"[^"]*"|\\.|d+|m+|y+|h+|s+|[^dmyhs"\\]+', re.IGNORECASE)


@lru_cache(maxsize=512)
def date_format(code: str) -> tuple[str, ...]:
    """Parse a date code into tokens, minutes told apart from months.

    Raises:
        FormatError: it is not a date code.
    """
    tokens: list[str] = []
    for raw in _DATE_TOKEN.findall(DATE_NAMES.get(code, code)):
        token = raw.lower() if raw[0].lower() in "dmyhs" else raw
        if raw[0] not in '"\\' and token == raw and re.search(r"[^\W_dmyhs]", raw):
            raise FormatError(f"{code!r} is no date format")
        if token in {"m", "mm"} and _after_hour(tokens):
            tokens.append(_MINUTES)
            continue
        tokens.append(token)
    if not any(token[0] in "dmyhsM" for token in tokens):
        raise FormatError(f"{code!r} is no date format")
    return tuple(tokens)


def _after_hour(tokens: list[str]) -> bool:
    return any(token[0] == "h" for token in tokens[-2:])


def moment(value: date, code: str) -> str:
    """Write a date or an instant (as it stands, no time zone is applied) by a format name or an Excel-style code."""
    names = french_names()
    at = value if isinstance(value, datetime) else datetime.combine(value, time())
    tokens = date_format(code)
    named_month = any(token in {"mmm", "mmmm"} for token in tokens)
    written = {
        "dddd": lambda: names["dddd"][at.weekday()],
        "ddd": lambda: names["ddd"][at.weekday()],
        "dd": lambda: f"{at.day:02d}",
        "d": lambda: "1er" if at.day == 1 and named_month else str(at.day),
        "mmmm": lambda: names["mmmm"][at.month],
        "mmm": lambda: names["mmm"][at.month],
        "mm": lambda: f"{at.month:02d}",
        "m": lambda: str(at.month),
        "yyyy": lambda: str(at.year),
        "yy": lambda: f"{at.year % 100:02d}",
        "hh": lambda: f"{at.hour:02d}",
        "h": lambda: str(at.hour),
        _MINUTES: lambda: f"{at.minute:02d}",
        "ss": lambda: f"{at.second:02d}",
    }
    return "".join(written[token]() if token in written else _literals(token) for token in tokens)


def auto(value: Any) -> str:
    """Write a value of which no format is known."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return moment(value, AUTO_DATETIME)
    if isinstance(value, date):
        return moment(value, AUTO_DATE)
    if isinstance(value, int):
        return number(value, "#,##0")
    if isinstance(value, float):
        return number(value, "#,##0.##")
    return str(value)


def write(value: Any, code: str | None = None) -> str:
    """Write any value for a French reader.

    Raises:
        FormatError: ``code`` does not fit the value's kind.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return MISSING
    if code is None or isinstance(value, bool):
        return auto(value)
    if isinstance(value, (int, float)):
        return number(value, code)
    if isinstance(value, date):
        return moment(value, code)
    raise FormatError(f"format {code!r} cannot be applied to the text {str(value)!r}")
