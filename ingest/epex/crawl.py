"""Run the spider in a process of its own (Twisted's reactor starts once per process) and hand back what it found."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conso.steps import silent
from ingest.epex.errors import CrawlFailedError, NotAskedError, SiteUnreachableError, TransferError
from ingest.epex.page import PriceRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from conso.steps import Progress

POLL_S = 0.1
STALL_TIMEOUT_S = 300.0
"""No page for so long (several retries at the slowest throttle fit in) and the crawl is taken for dead."""
STOP_TIMEOUT_S = 1.5
LOG_TAIL_CHARACTERS = 600
LOOPBACK_SETTINGS = {
    "CONCURRENT_REQUESTS_PER_DOMAIN": 4,
    "DOWNLOAD_DELAY": 0.0,
    "AUTOTHROTTLE_START_DELAY": 0.0,
    "AUTOTHROTTLE_TARGET_CONCURRENCY": 4.0,
}


@dataclass(frozen=True)
class CrawledPage:
    """The rows of one delivery day, and the address that they came from."""

    delivery_date: date
    product_minutes: int
    source_ref: str
    rows: tuple[PriceRow, ...]


@dataclass(frozen=True)
class CrawlFailure:
    """A delivery day that could not be read: ``error`` is the name of a class of `ingest.epex.errors`."""

    delivery_date: date
    product_minutes: int
    source_ref: str
    error: str
    cause: str
    remedy: str
    attempts: int


@dataclass(frozen=True)
class CrawlResult:
    """Pages and failures, each in the order of delivery day and product; every day asked for is in one of them."""

    pages: tuple[CrawledPage, ...]
    failures: tuple[CrawlFailure, ...]

    @property
    def rows(self) -> list[PriceRow]:
        """All rows of all pages."""
        return [row for page in self.pages for row in page.rows]


def crawl_prices(
    base_url: str,
    deliveries: Sequence[tuple[date, int]],
    *,
    work_dir: Path,
    progress: Progress = silent,
    stall_timeout_s: float = STALL_TIMEOUT_S,
    use_cache: bool | None = None,
) -> CrawlResult:
    """Fetch the day-ahead prices of delivery days from the site (or from a server that speaks like it).

    One request per delivery day and product; robots.txt is obeyed; slow on any host that is not this machine. Pages
    that read well are kept in ``work_dir/httpcache``, so a crawl that was broken off goes on where it stood.

    Args:
        base_url: scheme and host, ``https://www.epexspot.com``.
        deliveries: (delivery day in France, minutes of the product: 60 or 15).
        work_dir: for cache, output and log; made where it is missing.
        progress: told after every page.
        stall_timeout_s: without any news for so long the crawl is ended.
        use_cache: None: not for this machine's own servers, whose port changes with every start.

    Raises:
        SiteUnreachableError: no answer whatever.
        CrawlFailedError: the spider's process broke down or stood still; the log's end is in the message.
    """
    wanted = list(dict.fromkeys(deliveries))
    if not wanted:
        return CrawlResult((), ())
    output = _run_child(base_url, wanted, work_dir, progress, stall_timeout_s, use_cache=use_cache)
    result = _result(wanted, output)
    if not result.pages and {failure.error for failure in result.failures} <= {
        TransferError.__name__,
        NotAskedError.__name__,
    }:
        raise SiteUnreachableError(
            f"{base_url} does not answer: {result.failures[0].cause}",
            "Check the network and the address; prices are the only thing that is missing.",
        )
    return result


def _run_child(
    base_url: str,
    wanted: Sequence[tuple[date, int]],
    work_dir: Path,
    progress: Progress,
    stall_timeout_s: float,
    *,
    use_cache: bool | None,
) -> Path:
    """Crawl in a process of its own; returns the file of its items."""
    work_dir.mkdir(parents=True, exist_ok=True)
    output = work_dir / "prices.jsonl"
    output.unlink(missing_ok=True)
    job_file = work_dir / "job.json"
    job_file.write_text(json.dumps(_job(base_url, wanted, work_dir, use_cache=use_cache)), encoding="utf-8")
    log_file = work_dir / "scrapy.log"
    with _child(job_file, work_dir / "child.log") as process:
        _follow(process, output, len(wanted), progress, stall_timeout_s)
    if process.returncode != 0:
        raise CrawlFailedError(
            f"The price spider ended with status {process.returncode}: {_tail(log_file, work_dir / 'child.log')}",
            f"See {log_file}.",
        )
    return output


def _job(
    base_url: str, wanted: Sequence[tuple[date, int]], work_dir: Path, *, use_cache: bool | None
) -> dict[str, Any]:
    local = _is_loopback(base_url)
    settings = {
        "CONSO_OUTPUT": str((work_dir / "prices.jsonl").resolve()),
        "LOG_FILE": str((work_dir / "scrapy.log").resolve()),
        "HTTPCACHE_ENABLED": not local if use_cache is None else use_cache,
        "HTTPCACHE_DIR": str((work_dir / "httpcache").resolve()),
        **(LOOPBACK_SETTINGS if local else {}),
    }
    return {
        "base_url": base_url,
        "deliveries": ",".join(f"{day.isoformat()}:{minutes}" for day, minutes in wanted),
        "settings": settings,
    }


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def _child(job_file: Path, log_file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The spider's process; however this block is left, it has ended afterwards."""
    with log_file.open("wb") as log:
        # A session of its own: a Ctrl-C at the terminal comes to us alone, and we end the child in order. Its standard
        # input is a pipe that nobody writes to: when we are gone, killed or not, it reads the end of it and leaves.
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "ingest.epex.child", str(job_file.resolve())],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        # The first signal lets Scrapy finish what is in flight, the second ends it at once; then there is no asking.
        for end in (process.terminate, process.terminate, process.kill):
            if process.poll() is None:
                end()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_TIMEOUT_S)
        if process.stdin is not None:
            process.stdin.close()
        process.wait()


def _follow(
    process: subprocess.Popen[bytes], output: Path, total: int, progress: Progress, stall_timeout_s: float
) -> None:
    done, last_news = -1, time.monotonic()
    while True:
        ended = process.poll() is not None
        pages = output.read_bytes().count(b"\n") if output.exists() else 0
        if pages != done:
            done, last_news = pages, time.monotonic()
            progress("Day-ahead prices", done, total)
        if ended:
            return
        if time.monotonic() - last_news > stall_timeout_s:
            raise CrawlFailedError(
                f"The price spider brought nothing for {stall_timeout_s:.0f} s ({done} of {total} days are there).",
                f"Try again, it goes on from there; see scrapy.log in {output.parent}.",
            )
        time.sleep(POLL_S)


def _tail(*logs: Path) -> str:
    for log in reversed(logs):
        if log.exists() and (text := log.read_text(encoding="utf-8", errors="replace").strip()):
            return text[-LOG_TAIL_CHARACTERS:]
    return "it wrote no log"


def _result(wanted: Sequence[tuple[date, int]], output: Path) -> CrawlResult:
    pages: dict[tuple[date, int], CrawledPage] = {}
    failures: dict[tuple[date, int], CrawlFailure] = {}
    lines = output.read_text(encoding="utf-8").splitlines() if output.exists() else []
    for line in lines:
        item = json.loads(line)
        key = (date.fromisoformat(item["delivery_date"]), int(item["product_minutes"]))
        if "rows" in item:
            pages[key] = CrawledPage(*key, item["source_ref"], tuple(_row(row) for row in item["rows"]))
        else:
            failures[key] = CrawlFailure(
                *key, item["source_ref"], item["error"], item["cause"], item["remedy"], item["attempts"]
            )
    for key in wanted:
        if key not in pages and key not in failures:
            cause = f"{key[0]} ({key[1]} min) was not asked for: the crawl ended early, the site had stopped answering."
            failures[key] = CrawlFailure(*key, "", NotAskedError.__name__, cause, "Try again later.", 0)
    return CrawlResult(
        tuple(pages[key] for key in sorted(pages)),
        tuple(failures[key] for key in sorted(failures)),
    )


def _row(row: dict[str, Any]) -> PriceRow:
    return PriceRow(**{**row, "delivery_start_utc": datetime.fromisoformat(row["delivery_start_utc"])})
