"""An HTTP server of 127.0.0.1 that answers as it is told, misbehaviour included."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self


@dataclass(frozen=True)
class Reply:
    """An answer; ``cut`` sends only so many bytes of the length that it promises, ``drop`` sends nothing at all."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drop: bool = False


class FakePublisher:
    """Serves `replies` by path: each path's in order, its last one for ever; a function makes one from the query."""

    def __init__(self, replies: dict[str, list[Reply] | Callable[[dict[str, str]], Reply]] | None = None) -> None:
        self.replies = replies or {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def times_asked(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.asked)

    def reply_to(self, path: str, query: dict[str, str]) -> Reply:
        self.asked.append((path, query))
        known = self.replies.get(path)
        if known is None:
            return Reply(b"no such page", 404)
        if callable(known):
            return known(query)
        return known.pop(0) if len(known) > 1 else known[0]

    def __enter__(self) -> Self:
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                reply = publisher.reply_to(parts.path, dict(parse_qsl(parts.query)))
                if reply.drop:
                    self.connection.close()
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body[: reply.cut])

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
