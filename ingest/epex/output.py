"""The spider's items as JSON lines, one per delivery day and written out at once, so that a parent can follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import NotConfigured

if TYPE_CHECKING:
    from io import TextIOWrapper

    from scrapy.crawler import Crawler

OUTPUT_SETTING = "CONSO_OUTPUT"


class JsonLines:
    """Item pipeline that appends to the file of the setting ``CONSO_OUTPUT``; off where that is not set."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIOWrapper | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> JsonLines:
        """Called by Scrapy."""
        path = crawler.settings.get(OUTPUT_SETTING)
        if not path:
            raise NotConfigured(f"{OUTPUT_SETTING} is not set")
        return cls(Path(path))

    def open_spider(self) -> None:
        """Called by Scrapy."""
        self._file = self.path.open("w", encoding="utf-8")

    def close_spider(self) -> None:
        """Called by Scrapy."""
        if self._file is not None:
            self._file.close()

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Write one line."""
        if self._file is not None:
            self._file.write(json.dumps(item) + "\n")
            self._file.flush()
        return item
