"""A server on this machine that speaks the publishers' wire formats with generated data."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

from ingest.demo import calendar_files, entsoe, epex_pages, explore, generator, odre, open_meteo
from ingest.demo.answers import NOT_FOUND, Answer, BadRequestError, Query, text_answer
from ingest.demo.clock import DEMO_CLOCK_UTC, DEMO_SEED, Timetable
from ingest.demo.faults import Fault, FaultQueue
from ingest.origins import Endpoints

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import TextIO

    from conso.settings import Settings
    from ingest.demo.explore import Dataset
    from ingest.demo.generator import World

HOST = "127.0.0.1"
POLL_S = 0.05
PUBLISHERS = ("odre", "education", "open-meteo", "open-meteo-archive", "etalab", "entsoe", "epex")
HOLIDAYS_PATH = "/csv/jours_feries_metropole.csv"
TOTAL_LOAD_PREFIX, TOTAL_LOAD_SUFFIX = "/total-load/", ".csv"
QUOTA_HEADERS = {"X-RateLimit-Limit": str(explore.QUOTA_PER_DAY), "X-RateLimit-Reset": "2026-04-15 00:00:00+00:00"}


@dataclass
class Publishers:
    """All publishers at one clock: a request's path and query in, an answer out. Made lazily, kept once made."""

    timetable: Timetable
    seed: int = DEMO_SEED

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._calls = 0

    @cached_property
    def world(self) -> World:
        """What happens in the country."""
        return generator.generate(self.seed)

    @cached_property
    def odre(self) -> dict[str, Dataset]:
        """ODRÉ's datasets by name."""
        return odre.datasets(self.world, self.timetable)

    @cached_property
    def education(self) -> dict[str, Dataset]:
        """The ministry's datasets by name."""
        return {calendar_files.SCHOOL_CALENDAR: calendar_files.school_calendar(self.timetable)}

    def answer(self, path: str, query: Query) -> Answer:
        """Answer ``/<publisher>/<the publisher's own path>``."""
        if path == "/robots.txt":
            return text_answer(epex_pages.ROBOTS)
        publisher, _, rest = path.removeprefix("/").partition("/")
        if publisher not in PUBLISHERS:
            return NOT_FOUND
        try:
            with self._lock:  # generation and Arrow use both cores already; what is cached is then made once
                return self._answer(publisher, f"/{rest}", query)
        except BadRequestError as error:
            return error.answer

    def _answer(self, publisher: str, path: str, query: Query) -> Answer:
        if publisher in {"odre", "education"} and path.startswith(explore.BASE):
            return self._explore(publisher, path, query)
        if publisher in {"open-meteo", "open-meteo-archive"} and path == open_meteo.PATH:
            return open_meteo.answer(self.world, self.timetable, query, archive=publisher == "open-meteo-archive")
        if publisher == "etalab" and path == HOLIDAYS_PATH:
            return calendar_files.public_holidays(self.timetable)
        if publisher == "entsoe" and path.startswith(TOTAL_LOAD_PREFIX) and path.endswith(TOTAL_LOAD_SUFFIX):
            year = path.removeprefix(TOTAL_LOAD_PREFIX).removesuffix(TOTAL_LOAD_SUFFIX)
            return entsoe.answer(self.world, self.timetable, int(year)) if year.isdecimal() else NOT_FOUND
        if publisher == "epex" and path == epex_pages.PATH:
            return epex_pages.answer(self.world, self.timetable, query)
        return NOT_FOUND

    def _explore(self, publisher: str, path: str, query: Query) -> Answer:
        datasets = self.odre if publisher == "odre" else self.education
        found = explore.answer(datasets, path, query)
        self._calls += 1
        left = max(0, explore.QUOTA_PER_DAY - self._calls)
        return Answer(
            found.body, found.content_type, found.status, {**QUOTA_HEADERS, "X-RateLimit-Remaining": str(left)}
        )


class DemoServer:
    """The demo's publishers on a free port of 127.0.0.1, for as long as the ``with`` block lasts.

    ``endpoints`` are the addresses to give to the clients; ``clock_utc`` is now, in the demo: nothing is shown that
    would not be known by then. ``requests`` lists the paths and queries that were asked for, in order.

    Args:
        settings: whose log directory takes the access log.
        faults: by path prefix, what to do instead of answering, for tests (`ingest.demo.faults`).
        seed: of the generator.
        clock_utc: an earlier clock shows what was known then.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        faults: Mapping[str, Sequence[Fault]] | None = None,
        seed: int = DEMO_SEED,
        clock_utc: datetime = DEMO_CLOCK_UTC,
    ) -> None:
        self.settings = settings
        self.clock_utc = clock_utc
        self.requests: list[str] = []
        self._faults = FaultQueue(faults)
        self._log_lock = threading.Lock()
        self._publishers = Publishers(Timetable(clock_utc), seed)
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._log: TextIO | None = None

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:port``."""
        if self._server is None:
            raise RuntimeError("the demo server runs inside its `with` block only")
        return f"http://{HOST}:{self._server.server_address[1]}"

    @property
    def endpoints(self) -> Endpoints:
        """Base addresses of all publishers."""
        base = self.base_url
        return Endpoints(
            odre=f"{base}/odre",
            education=f"{base}/education",
            open_meteo_forecast=f"{base}/open-meteo",
            open_meteo_archive=f"{base}/open-meteo-archive",
            etalab=f"{base}/etalab",
            entsoe=f"{base}/entsoe",
            epex=f"{base}/epex",
        )

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"demo": self})
        self.settings.log_dir.mkdir(parents=True, exist_ok=True)
        self._log = (self.settings.log_dir / "demo-server.log").open("w", encoding="utf-8")
        self._server = _Server((HOST, 0), handler)
        self._server.demo = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None
        with self._log_lock:
            if self._log is not None:
                self._log.close()
                self._log = None

    def log(self, line: str) -> None:
        """Write to the access log, while the server runs."""
        with self._log_lock:
            if self._log is not None:
                self._log.write(line + "\n")
                self._log.flush()

    def answer(self, target: str) -> tuple[Answer | None, Fault | None]:
        """The answer to a request target, and the fault that stands in its way; no answer where that is all."""
        self.requests.append(target)
        fault = self._faults.take(target)
        if fault is not None and fault.kind in {"status", "body"}:
            content = fault.body.encode() if isinstance(fault.body, str) else fault.body
            return Answer(content, fault.content_type, fault.status, dict(fault.headers)), None
        if fault is not None and fault.kind == "close":
            return None, fault
        if fault is not None and fault.kind == "delay":
            time.sleep(fault.seconds)
        parts = urlsplit(target)
        return self._publishers.answer(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))), fault


class _Server(ThreadingHTTPServer):
    """One thread per connection; none of them keeps the server from closing."""

    daemon_threads = True
    block_on_close = False
    demo: DemoServer

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's
        """A client that went away, or a fault of ours: into the log, the client sees a broken connection."""
        self.demo.log(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    """HTTP around `DemoServer.answer`."""

    demo: DemoServer
    protocol_version = "HTTP/1.1"
    server_version = "conso-demo"
    wbufsize = 64 * 1024  # header and body leave together: two small writes would wait for each other's acknowledgement
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a GET."""
        self._respond()

    def do_POST(self) -> None:
        """Answer a POST as if it were a GET: the price page's form takes all that matters from the address."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._respond()

    def _respond(self) -> None:
        answer, fault = self.demo.answer(self.path)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        body = answer.body
        if fault is not None and fault.kind == "truncate":
            body, self.close_connection = body[: fault.size], True
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Into the access log, not onto the user's screen."""
        self.demo.log(f"{self.log_date_time_string()} {format % args}")
