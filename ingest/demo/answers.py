"""What the demo's publishers answer: status, headers and body, before any of it becomes HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

Query = dict[str, str]
"""Query parameters by name; of a repeated one the last counts."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    body: bytes
    content_type: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class BadRequestError(Exception):
    """The request is not one that the publisher would answer: becomes an HTTP status and the publisher's own JSON."""

    def __init__(self, body: dict[str, Any], status: int = 400) -> None:
        super().__init__(str(body))
        self.answer = json_answer(body, status)


def json_answer(body: Any, status: int = 200) -> Answer:
    """JSON as the publishers send it."""
    return Answer(json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8", status)


def text_answer(text: str, content_type: str = "text/plain; charset=utf-8", status: int = 200) -> Answer:
    """Text in UTF-8."""
    return Answer(text.encode(), content_type, status)


NOT_FOUND = text_answer("Not found.\n", status=404)
