"""Markdown to HTML, with French typography and links that work from disk."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from reports.formats import NARROW, NO_BREAK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

APOSTROPHE = "\u2019"
_BEFORE_HIGH = re.compile(r"[ \u00a0\u202f]+(?=[;!?%»])")
_BEFORE_COLON = re.compile(r"[ \u00a0\u202f]+(?=:(?:\s|$))")
_AFTER_OPENING = re.compile(r"(?<=«)[ \u00a0\u202f]+")
_UNIT = re.compile(r"(?<=\d)[ ](?=(?:GW|MW|TWh|GWh|MWh|kW|€|°C|h|min|jours?|heures?|points?)\b|[€%°])")


def french(text: str) -> str:
    """Apply the French rules of spacing to plain text."""
    text = _BEFORE_HIGH.sub(NARROW, text)
    text = _BEFORE_COLON.sub(NO_BREAK, text)
    text = _AFTER_OPENING.sub(NARROW, text)
    return _UNIT.sub(NO_BREAK, text).replace("'", APOSTROPHE)


def to_html(source: str) -> str:
    """Render Markdown; HTML inside it is kept."""
    return str(_renderer().render(source))


def slug(text: str) -> str:
    """An anchor for a heading."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


@lru_cache(maxsize=1)
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415

    renderer = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    # Children of a component are indented in the source; that does not make them code.
    renderer.disable("code")
    renderer.core.ruler.push("conso", _dress)
    return renderer


def _dress(state: StateCore) -> None:
    tokens = state.tokens
    for index, token in enumerate(tokens):
        if token.type != "inline" or not token.children:
            continue
        for child in token.children:
            if child.type == "text":
                child.content = french(child.content)
            elif child.type == "link_open":
                child.attrSet("href", relative_link(str(child.attrGet("href") or "")))
        opening = tokens[index - 1]
        if opening.type == "heading_open":
            opening.attrSet("id", slug("".join(child.content for child in token.children)))
        elif opening.type == "paragraph_open" and _is_note(token.children):
            opening.attrSet("class", "note")


def _is_note(children: Sequence[Token]) -> bool:
    """Whether a paragraph is wholly in italics: the source line under a figure."""
    if children[0].type != "em_open" or children[-1].type != "em_close":
        return False
    return sum(child.type == "em_open" for child in children) == 1


def relative_link(target: str) -> str:
    """Evidence writes ``/page``; a site that opens from disk needs ``page.html``."""
    if not target.startswith("/") or target.startswith("//"):
        return target
    path, mark, anchor = target.strip("/").partition("#")
    return f"{path.strip('/') or 'index'}.html{mark}{anchor}"
