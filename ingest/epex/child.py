"""The spider's own process: ``python -m ingest.epex.child JOB.json``. Started by `ingest.epex.crawl`, ends with it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

GRACE_S = 3.0


def _end_with_parent() -> None:
    """Block until the parent closes our standard input (its end, even by kill -9, closes it too), then end."""
    while os.read(0, 1):  # not sys.stdin: a thread that waits inside its buffer blocks the interpreter's exit
        pass
    os.kill(os.getpid(), signal.SIGTERM)  # Scrapy: finish what is in flight
    time.sleep(GRACE_S)
    os._exit(1)


def main(job_file: str) -> int:
    """Crawl as the job file says; returns 0 where the crawl came to its end, whatever single pages brought."""
    from scrapy.crawler import CrawlerProcess  # noqa: PLC0415 - after the watch has started
    from scrapy.settings import Settings  # noqa: PLC0415

    threading.Thread(target=_end_with_parent, daemon=True).start()
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    settings = Settings()
    settings.setmodule("ingest.epex.settings", priority="project")
    settings.update(job["settings"], priority="cmdline")
    process = CrawlerProcess(settings)
    crawler = process.create_crawler("day_ahead")
    process.crawl(crawler, deliveries=job["deliveries"], base_url=job["base_url"])
    process.start()
    reason = crawler.stats.get_value("finish_reason")
    return 0 if reason in {"finished", "unreachable"} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
