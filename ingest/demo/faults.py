"""Misbehaviour on order: what the demo's server does instead of answering, request by request, in tests."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Fault:
    """One misbehaviour.

    ``status``: answer with this status (and body); ``body``: these bytes with status 200; ``truncate``: only so many
    bytes of the true answer, then the connection is cut; ``close``: cut it without an answer; ``delay``: wait so many
    seconds, then answer truly; ``none``: answer truly.
    """

    kind: Literal["status", "body", "truncate", "close", "delay", "none"]
    status: int = 200
    body: str | bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    seconds: float = 0.0


def status(code: int, headers: Mapping[str, str] | None = None, body: str = "") -> Fault:
    """An HTTP status instead of the answer."""
    return Fault("status", status=code, headers=headers or {}, body=body)


def body(content: str | bytes, content_type: str = "text/html; charset=utf-8") -> Fault:
    """Another body, with status 200."""
    return Fault("body", body=content, content_type=content_type)


CLOSE = Fault("close")
TRUTH = Fault("none")


class FaultQueue:
    """Faults by path prefix (as the server's paths begin, without host), each prefix's taken in order, once each."""

    def __init__(self, faults: Mapping[str, Sequence[Fault]] | None = None) -> None:
        self._queues = {prefix: deque(queue) for prefix, queue in (faults or {}).items()}
        self._lock = threading.Lock()

    def take(self, path_and_query: str) -> Fault | None:
        """The fault that is due for this request; None where there is none (any more)."""
        with self._lock:
            for prefix, queue in self._queues.items():
                if queue and path_and_query.startswith(prefix):
                    return queue.popleft()
        return None
