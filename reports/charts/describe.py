"""What a chart shows, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import formats

if TYPE_CHECKING:
    from reports.charts.plot import Series

KINDS = {"line": "courbe", "area": "aire", "bar": "barres", "point": "nuage de points"}


def describe(series: list[Series], code: str | None) -> str:
    """One sentence per visible series: its extremes and where they lie."""
    sentences = [_describe_one(item, code) for item in series if item.visible]
    return " ".join(sentence for sentence in sentences if sentence)


def _value(pair: tuple[float, str]) -> float:
    return pair[0]


def _write(value: float, code: str | None) -> str:
    if code is None:
        return formats.write(value)
    # A code that is right for an axis is too coarse for a sentence.
    coarse = formats.number_format(code)[0].factor < 1
    return formats.number(value, code, extra_decimals=1 if coarse else 0)


def _describe_one(series: Series, code: str | None) -> str:
    known = [
        (value, series.labels[index] if series.labels else "")
        for index, value in enumerate(series.y)
        if value is not None
    ]
    if not known:
        return f"{series.name} : aucune valeur."
    low, high = min(known, key=_value), max(known, key=_value)
    low_text, high_text = _write(low[0], code), _write(high[0], code)
    kind = KINDS[series.mark]
    if len(known) == 1 or low[0] == high[0]:
        return f"{series.name} ({kind}) : {high_text}."
    return f"{series.name} ({kind}) : de {low_text} ({low[1]}) à {high_text} ({high[1]})."
