from __future__ import annotations

import gzip

import pytest

from conso.errors import SourceError
from ingest.received import header_of, peek, read_csv, read_json_rows, unpacked

pytestmark = pytest.mark.unit

LINES = b"a;b\n" + b"".join(b"%d;%d\n" % (n, n * 7919 % 10_007) for n in range(20_000))


def test_gzip_that_breaks_off_says_after_which_line():
    whole = gzip.compress(LINES)
    assert unpacked(whole, "x.csv.gz") == LINES
    with pytest.raises(SourceError, match=r"x\.csv\.gz: the gzip archive breaks off after line \d{3,}") as caught:
        unpacked(whole[: len(whole) // 2], "x.csv.gz")
    assert "nothing of it was loaded" in caught.value.remedy


def test_gzip_that_is_damaged_says_so():
    damaged = bytearray(gzip.compress(LINES))
    damaged[len(damaged) // 2 :] = b"\xff" * (len(damaged) - len(damaged) // 2)
    with pytest.raises(SourceError, match=r"archive is damaged .* after line \d+"):
        unpacked(bytes(damaged), "x.csv.gz")


def test_peek_reads_the_head_of_a_broken_archive():
    assert peek(gzip.compress(LINES)[:5000], 4) == b"a;b\n"


def test_csv_keeps_text_as_it_came_and_numbers_its_rows():
    received = read_csv(b"\xef\xbb\xbfa;b\r\n01; x\r\n;-\r\n", "x.csv")
    assert received.columns == ("a", "b")
    assert received.rows.to_pylist() == [{"a": "01", "b": " x", "row_number": 1}, {"a": "", "b": "-", "row_number": 2}]


def test_lines_with_another_number_of_fields_are_set_aside_and_the_others_keep_their_numbers():
    received = read_csv(b"a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n", "x.csv")
    assert [(row["row_number"], row["a"]) for row in received.rows.to_pylist()] == [(1, "1"), (3, "4"), (5, "9")]
    assert [(bad.row_number, bad.text) for bad in received.malformed] == [(2, "3"), (4, "6,7,8")]
    assert received.read == 5


@pytest.mark.parametrize("data", [b"a;b", b"a;b\n", b"a;b\r\n"])
def test_header_alone_is_no_rows(data):
    assert read_csv(data, "x.csv").read == 0


def test_bytes_that_are_no_text_are_named_by_line():
    with pytest.raises(SourceError, match=r"x\.csv, line 3: byte 0xe9 is not UTF-8"):
        read_csv("a;b\n1;2\né;3\n".encode("latin-1"), "x.csv")


def test_header_with_a_name_twice_is_refused():
    with pytest.raises(SourceError, match="'a' more than once"):
        header_of(b"a;b;a\n", "x.csv")


@pytest.mark.parametrize(
    ("body", "message"),
    [(b'[{"a": 1}', "not JSON"), (b'{"error": "x"}', "an object with error"), (b"[1, 2]", "list")],
)
def test_json_that_is_no_rows_is_refused(body, message):
    with pytest.raises(SourceError, match=message):
        read_json_rows(body, "x.json")
