"""Scrapy's settings: polite by default; `ingest.epex.crawl` sets what depends on the place (paths, a loopback host)."""

from __future__ import annotations

from importlib import metadata

BOT_NAME = "conso"
SPIDER_MODULES = ["ingest.epex.spiders"]
NEWSPIDER_MODULE = "ingest.epex.spiders"

# Who we are, so that the site can turn us away by name.
USER_AGENT = (
    f"conso/{metadata.version('conso')} (day-ahead price spider; one request per delivery day; obeys robots.txt)"
)
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "conso"

CONCURRENT_REQUESTS = 8
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 2.0
DOWNLOAD_TIMEOUT = 30
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 2.0
AUTOTHROTTLE_MAX_DELAY = 60.0
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0

RETRY_TIMES = 2
RETRY_HTTP_CODES = [429, 500, 502, 503, 504, 408]
RETRY_PRIORITY_ADJUST = 1  # at once: whether the site answers at all should be known before all days have been tried

HTTPCACHE_POLICY = "ingest.epex.cache.OnlyGoodPages"
HTTPCACHE_GZIP = True

ITEM_PIPELINES = {"ingest.epex.output.JsonLines": 100}

COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # runs code sent over HTTP, and writes into the user's profile
LOG_LEVEL = "INFO"
LOG_FILE_APPEND = False
FEED_EXPORT_ENCODING = "utf-8"
