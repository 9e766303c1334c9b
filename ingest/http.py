"""The one HTTP client of the publishers' interfaces: time-outs, patient retries, errors that say what came instead."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal

import httpx
import tenacity

from conso.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Expected = Literal["CSV", "JSON"]
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
NOT_FOUND = 404
QUOTA_KEPT = 10
"""Calls that are left to a person with the same quota: the run stops before the last one."""
EXCERPT_CHARACTERS = 160


@dataclass(frozen=True)
class Patience:
    """How long to wait for an answer, and how often to ask again. Seconds."""

    connect_s: float = 10.0
    read_s: float = 120.0
    attempts: int = 5
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0
    longest_retry_after_s: float = 300.0
    """A publisher that asks for more is not waited for: the run says so and goes on with the others."""


class _TransientError(Exception):
    """An answer that may be better next time."""

    def __init__(self, cause: str, retry_after_s: float | None = None) -> None:
        super().__init__(cause)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Answer:
    """A body that was accepted, and the address without its query."""

    body: bytes
    source_ref: str


class Client:
    """GET with retries on connection errors, 429 (obeying Retry-After) and 5xx, with backoff and jitter."""

    def __init__(self, patience: Patience | None = None, *, alias: tuple[str, str] | None = None) -> None:
        """``alias`` is a base address and the name that stands for it in ``source_ref``: a port may be of one run."""
        self.patience = patience or Patience()
        self._alias = alias
        self._quota_spent: dict[str, str] = {}
        self._http = httpx.Client(
            timeout=httpx.Timeout(self.patience.read_s, connect=self.patience.connect_s),
            headers={"User-Agent": "conso/0.1 (electricity consumption warehouse)"},
            follow_redirects=True,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def source_ref(self, url: str) -> str:
        """How an address is called in the warehouse."""
        if self._alias is None:
            return url
        base, name = self._alias
        return name + url.removeprefix(base) if url.startswith(base) else url

    def get(self, url: str, params: Mapping[str, str] | None = None, *, expected: Expected) -> Answer:
        """The body of ``url``.

        Raises:
            SourceError: no acceptable answer; names the address, what came instead, and the remedy.
        """
        answer = self.get_if_any(url, params, expected=expected)
        if answer is None:
            raise SourceError(
                f"{url}: HTTP 404; expected {expected}.", "The publisher may have moved it: check the address."
            )
        return answer

    def get_if_any(self, url: str, params: Mapping[str, str] | None = None, *, expected: Expected) -> Answer | None:
        """Like `get`, but None where the publisher says that there is no such thing (404)."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.patience.attempts),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type((_TransientError, httpx.TransportError)),
            reraise=True,
        )
        try:
            return retrying(self._once, url, params, expected)
        except _TransientError as error:
            raise SourceError(
                f"{url}: {error} after {self.patience.attempts} attempts; expected {expected}.",
                "The publisher may be down: run the command again later; what is loaded stays.",
            ) from error
        except httpx.TransportError as error:
            raise SourceError(
                f"{url}: no whole answer after {self.patience.attempts} attempts ({_reason(error)}); "
                f"expected {expected}.",
                "Check the network connection, then run the command again.",
            ) from error

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _TransientError) and error.retry_after_s is not None:
            return error.retry_after_s
        patience = self.patience
        backoff = tenacity.wait_random_exponential(
            multiplier=patience.first_wait_s, max=patience.longest_wait_s, min=patience.first_wait_s
        )
        return float(backoff(state))

    def _once(self, url: str, params: Mapping[str, str] | None, expected: Expected) -> Answer | None:
        host = httpx.URL(url).netloc.decode()
        if host in self._quota_spent:
            raise SourceError(
                f"{url}: not asked, for {self._quota_spent[host]}.", "Run the command again when the quota is renewed."
            )
        response = self._http.get(url, params=params)
        self._note_quota(host, response.headers)
        if response.status_code == NOT_FOUND:
            return None
        if response.status_code in RETRIED_STATUSES:
            raise _TransientError(f"HTTP {response.status_code}", self._retry_after(response, url))
        if not response.is_success:
            raise SourceError(
                f"{url}: HTTP {response.status_code} ({_excerpt(response.content)}); expected {expected}.",
                "The publisher's interface may have changed: see docs/troubleshooting, or load a directory instead.",
            )
        _check(response.content, expected)
        return Answer(response.content, self.source_ref(url))

    def _note_quota(self, host: str, headers: httpx.Headers) -> None:
        """Remember a publisher whose quota (``X-RateLimit-*``, as Opendatasoft portals send it) is nearly used up."""
        left = headers.get("X-RateLimit-Remaining", "")
        if left.isdecimal() and int(left) <= QUOTA_KEPT:
            limit, reset = headers.get("X-RateLimit-Limit", "?"), headers.get("X-RateLimit-Reset", "a time not told")
            self._quota_spent[host] = f"only {left} calls of the publisher's quota of {limit} are left until {reset}"

    def _retry_after(self, response: httpx.Response, url: str) -> float | None:
        text = response.headers.get("Retry-After", "").strip()
        if not text:
            return None
        try:
            seconds = float(text)
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
            except ValueError:
                return None
        if seconds > self.patience.longest_retry_after_s:
            raise SourceError(
                f"{url}: HTTP {response.status_code}, and the publisher asks to wait {seconds:.0f} s.",
                "Run the command again after that time.",
            )
        return max(0.0, seconds)


def _check(body: bytes, expected: Expected) -> None:
    """Refuse what cannot be what was asked for, whatever its status."""
    if body.lstrip()[:1] == b"<":
        raise _TransientError(f"HTTP 200 with a web page ({_excerpt(body)})")
    if not body.strip():
        raise _TransientError("HTTP 200 with an empty body")
    if expected == "JSON":
        try:
            json.loads(body)
        except ValueError as error:
            raise _TransientError(f"HTTP 200 with broken JSON ({error}; {len(body)} bytes)") from error


def _excerpt(body: bytes) -> str:
    return " ".join(body[: 4 * EXCERPT_CHARACTERS].decode(errors="replace").split())[:EXCERPT_CHARACTERS]


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


@contextmanager
def client(patience: Patience | None = None, *, alias: tuple[str, str] | None = None) -> Iterator[Client]:
    """A client that is closed afterwards."""
    opened = Client(patience, alias=alias)
    try:
        yield opened
    finally:
        opened.close()


def explore_export(client: Client, base: str, dataset: str, params: Mapping[str, Any]) -> Answer:
    """A data set of an Opendatasoft portal (Explore v2.1) as CSV with technical names, in UTC.

    Raises:
        SourceError: see `Client.get`.
    """
    from ingest.origins import EXPLORE_PATH  # noqa: PLC0415

    return client.get(
        f"{base}{EXPLORE_PATH}/{dataset}/exports/csv",
        {"timezone": "UTC", "use_labels": "false", "delimiter": ";", **params},
        expected="CSV",
    )
