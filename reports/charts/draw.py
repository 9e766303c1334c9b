"""Vega-Lite to SVG, without a browser and without the network."""

from __future__ import annotations

import re
from typing import Any

from conso.errors import ConsoError

VEGA_LITE_VERSION = "6.4"
_USELESS = re.compile(
    r' (?:font-family="[^"]*"|opacity="1"|fill-opacity="1"|pointer-events="none"|aria-[a-z]+="[^"]*"'
    r'|role="[^"]*"|xmlns:xlink="[^"]*"|version="1.1"|stroke-miterlimit="10"|font-size="12px"|stroke-width="1"'
    r'|cursor="[^"]*"|clip-path="[^"]*")'
)
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]*/>|<g></g>|<defs>.*?</defs>', re.DOTALL)
_DECIMALS = re.compile(r"(\d+\.\d)\d+")
_OPENING = re.compile(r"<svg[^>]*?width=\"(\d+(?:\.\d+)?)\" height=\"(\d+(?:\.\d+)?)\"[^>]*>")


def svg(specification: dict[str, Any], *, kind: str) -> str:
    """Draw a specification; ``kind`` is the class that says for which screens (``wide``, ``narrow``, ``spark``).

    The SVG is hidden from screen readers: the figure around it says the same in words and in a table.

    Raises:
        ConsoError: Vega-Lite refuses the specification.
    """
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine

    try:
        drawn = vl_convert.vegalite_to_svg(
            specification, vl_version=VEGA_LITE_VERSION, allowed_base_urls=[], show_warnings=False
        )
    except ValueError as error:
        raise ConsoError(
            f"Vega-Lite refuses a chart: {error}", "This is a fault of the reports' builder: please report it."
        ) from error
    return _lighten(str(drawn), kind)


def _lighten(drawn: str, kind: str) -> str:
    text = _USELESS.sub("", _EMPTY.sub("", drawn))
    text = _DECIMALS.sub(r"\1", text)
    previous = ""
    while previous != text:
        previous, text = text, text.replace("<g></g>", "")
    opening = _OPENING.match(text)
    if opening is None:
        raise ConsoError("vl-convert gave no SVG.", "Check that the package vl-convert-python is whole.")
    width, height = opening[1], opening[2]
    head = f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">'
    return head + text[opening.end() :]
