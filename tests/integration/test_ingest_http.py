"""The HTTP client against a publisher that misbehaves, on 127.0.0.1."""

from __future__ import annotations

import time

import pytest

from conso.errors import SourceError
from ingest import http
from tests.fakes.fake_publisher import FakePublisher, Reply

pytestmark = [pytest.mark.integration, pytest.mark.fault]

QUICK = http.Patience(connect_s=1, read_s=1, attempts=3, first_wait_s=0.01, longest_wait_s=0.02)
GOOD = Reply(b"a;b\n1;2\n")
JSON = Reply(b'{"results": []}')


def ask(replies, *, expected="CSV", patience=QUICK):
    with FakePublisher({"/data": list(replies)}) as publisher, http.client(patience) as client:
        try:
            return client.get(f"{publisher.url}/data", expected=expected).body, publisher
        finally:
            ask.asked = publisher.times_asked("/data")


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(status=500),
        Reply(status=503),
        Reply(status=429),
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply(drop=True),
        Reply(GOOD.body, cut=3),
        Reply(b"<html>gateway time-out</html>"),
        Reply(b""),
    ],
    ids=["500", "503", "429", "429 with Retry-After", "dropped", "cut off", "a page with status 200", "empty"],
)
def test_trouble_that_passes_is_sat_out(trouble):
    body, _ = ask([trouble, trouble, GOOD])
    assert body == GOOD.body
    assert ask.asked == 3


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (Reply(status=503), r"http://127\.0\.0\.1:\d+/data: HTTP 503 after 3 attempts; expected CSV"),
        (Reply(status=429), r"HTTP 429 after 3 attempts"),
        (Reply(drop=True), r"no whole answer after 3 attempts \(RemoteProtocolError"),
        (Reply(GOOD.body, cut=3), r"no whole answer after 3 attempts"),
        (Reply(b"<html>Wartung</html>"), r"HTTP 200 with a web page \(<html>Wartung</html>\)"),
    ],
)
def test_trouble_that_stays_says_what_came_and_what_was_expected(trouble, message):
    with pytest.raises(SourceError, match=message) as caught:
        ask([trouble])
    assert caught.value.remedy
    assert ask.asked == 3


def test_broken_json_is_asked_for_again_and_then_told():
    body, _ = ask([Reply(b'{"results": ['), JSON], expected="JSON")
    assert body == JSON.body
    with pytest.raises(SourceError, match="HTTP 200 with broken JSON"):
        ask([Reply(b'{"results": [')], expected="JSON")


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refusals_are_not_repeated_and_are_quoted(status):
    refusal = Reply(b'{"error_code": "InvalidRESTParameterError", "message": "limit"}', status)
    with pytest.raises(SourceError, match=rf"HTTP {status} .*InvalidRESTParameterError"):
        ask([refusal])
    assert ask.asked == 1


def test_what_is_not_there_is_none_or_an_error():
    with FakePublisher() as publisher, http.client(QUICK) as client:
        assert client.get_if_any(f"{publisher.url}/2019.csv", expected="CSV") is None
        with pytest.raises(SourceError, match="HTTP 404"):
            client.get(f"{publisher.url}/2019.csv", expected="CSV")
        assert publisher.times_asked("/2019.csv") == 2


def test_retry_after_is_obeyed():
    begin = time.monotonic()
    ask([Reply(status=429, headers={"Retry-After": "0.3"}), GOOD])
    assert time.monotonic() - begin >= 0.3


def test_retry_after_beyond_patience_is_not_waited_for():
    with pytest.raises(SourceError, match="asks to wait 86400 s"):
        ask([Reply(status=429, headers={"Retry-After": "86400"})])
    assert ask.asked == 1


def test_nobody_there():
    with FakePublisher() as publisher:
        address = publisher.url
    with http.client(QUICK) as client, pytest.raises(SourceError, match=r"no whole answer after 3 attempts .*Connect"):
        client.get(address, expected="JSON")


def test_alias_stands_for_an_address_of_one_run():
    with FakePublisher({"/data": [GOOD]}) as publisher, http.client(QUICK, alias=(publisher.url, "demo:")) as client:
        assert client.get(f"{publisher.url}/data", {"x": "1"}, expected="CSV").source_ref == "demo:/data"


def test_the_quota_is_not_used_up_and_the_error_says_when_it_is_renewed():
    def reply(left):
        headers = {"X-RateLimit-Limit": "50000", "X-RateLimit-Remaining": left, "X-RateLimit-Reset": "2026-05-01"}
        return Reply(GOOD.body, headers=headers)

    with FakePublisher({"/data": [reply("11"), reply("10")]}) as publisher, http.client(QUICK) as client:
        for _ in range(2):  # the answer that tells of the last calls is still an answer
            assert client.get(f"{publisher.url}/data", expected="CSV").body == GOOD.body
        with pytest.raises(SourceError, match="only 10 calls of the publisher's quota of 50000 are left until 2026-05"):
            client.get(f"{publisher.url}/data", expected="CSV")
        assert publisher.times_asked("/data") == 2
        with FakePublisher({"/data": [GOOD]}) as other:
            assert client.get(f"{other.url}/data", expected="CSV").body == GOOD.body
