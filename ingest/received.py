"""What a publisher sent, as rows of text: nothing is interpreted yet and nothing is lost."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conso.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
BOM = b"\xef\xbb\xbf"
ROW_NUMBER = "row_number"
CHUNK_BYTES = 4096


@dataclass(frozen=True)
class Malformed:
    """A line that does not have as many fields as the header."""

    row_number: int
    text: str
    expected: str


@dataclass(frozen=True)
class Received:
    """Rows as received.

    ``rows`` holds one text column per column received and ``row_number``, counted from 1 after the header.
    """

    rows: pa.Table
    source_ref: str
    malformed: tuple[Malformed, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The publisher's columns."""
        return tuple(name for name in self.rows.column_names if name != ROW_NUMBER)

    @property
    def read(self) -> int:
        """Number of rows received, malformed ones included."""
        return int(self.rows.num_rows) + len(self.malformed)


def unpacked(data: bytes, source_ref: str) -> bytes:
    """The content of what may be gzipped.

    Raises:
        SourceError: the archive breaks off or is damaged; says how many lines could be read.
    """
    if not data.startswith(GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        lines = _readable_part(data).count(b"\n")
        what = "breaks off" if isinstance(error, EOFError) else f"is damaged ({error})"
        raise SourceError(
            f"{source_ref}: the gzip archive {what} after line {lines}; expected it to go on to its end mark.",
            "Fetch the file again; nothing of it was loaded.",
        ) from error


def peek(data: bytes, size: int) -> bytes:
    """The first ``size`` bytes of the content, as many as can be had of an archive that is damaged or cut off."""
    return _readable_part(data, size) if data.startswith(GZIP_MAGIC) else data[:size]


def _readable_part(data: bytes, size: int | None = None) -> bytes:
    decompressor = zlib.decompressobj(wbits=31)
    readable = bytearray()
    with contextlib.suppress(zlib.error):  # what came before the damage is what is asked for
        for start in range(0, len(data), CHUNK_BYTES):
            readable += decompressor.decompress(data[start : start + CHUNK_BYTES])
            if size is not None and len(readable) >= size:
                break
    return bytes(readable[:size])


def header_of(data: bytes, source_ref: str) -> tuple[str, ...]:
    """Column names of a CSV, separated by commas or semicolons, without a byte order mark.

    Raises:
        SourceError: the first line is not UTF-8 text or a name stands there twice.
    """
    line = data.removeprefix(BOM).split(b"\n", 1)[0].rstrip(b"\r")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{source_ref}, line 1: not UTF-8 text (byte {error.start}); expected a CSV header.",
            "Save the file as UTF-8, or fetch it again.",
        ) from error
    names = tuple(name.strip().strip('"') for name in text.split(delimiter_of(data)))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(
            f"{source_ref}: the header has {', '.join(map(repr, twice))} more than once; expected each column once.",
            "Export the file again.",
        )
    return names


def delimiter_of(data: bytes) -> str:
    """The separator of the header's line: the French exports use semicolons."""
    line = data.split(b"\n", 1)[0]
    return ";" if line.count(b";") > line.count(b",") else ","


def read_csv(data: bytes, source_ref: str) -> Received:
    """Read a CSV as text.

    Raises:
        SourceError: it is not UTF-8 text; names the line.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.csv as arrow_csv  # noqa: PLC0415

    names = header_of(data, source_ref)
    _require_utf8(data, source_ref)
    bad: list[Malformed] = []

    def keep_malformed(row: Any) -> str:
        expected = f"{row.expected_columns} fields as in the header, not {row.actual_columns}"
        bad.append(Malformed(row.number - 1, row.text, expected))
        return "skip"

    try:
        rows = arrow_csv.read_csv(
            io.BytesIO(data.removeprefix(BOM) + b"\n"),  # a header alone may lack its line's end
            # Row numbers of malformed lines are only told by a single thread.
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=list(names), skip_rows=1),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter_of(data), newlines_in_values=False, invalid_row_handler=keep_malformed
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise SourceError(f"{source_ref}: not a CSV as expected ({error}).", "Fetch the file again.") from error
    return Received(_numbered(rows, [row.row_number for row in bad]), source_ref, tuple(bad))


def _require_utf8(data: bytes, source_ref: str) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{source_ref}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8 text; expected a CSV.",
            "Fetch the file again; nothing of it was loaded.",
        ) from error


def _numbered(rows: pa.Table, skipped: list[int]) -> pa.Table:
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    numbers = np.arange(1, rows.num_rows + len(skipped) + 1, dtype=np.int32)
    if skipped:
        numbers = np.delete(numbers, np.asarray(skipped) - 1)
    return rows.append_column(ROW_NUMBER, pa.array(numbers))


def read_json_rows(data: bytes, source_ref: str) -> Received:
    """Read the JSON of an Explore v2.1 export (a list of objects) or of `/records` (an object with ``results``).

    Raises:
        SourceError: it is not that.
    """
    import pyarrow as pa  # noqa: PLC0415

    try:
        body = json.loads(data)
    except ValueError as error:
        raise SourceError(
            f"{source_ref}: not JSON ({error}); expected a list of rows.", "Fetch it again; it may be cut off."
        ) from error
    rows = body.get("results") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        found = f"an object with {', '.join(list(body)[:5])}" if isinstance(body, dict) else type(body).__name__
        raise SourceError(
            f"{source_ref}: {found} where a list of rows was expected.", "Take the JSON export of the data set."
        )
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pa.table({name: pa.array([_text(row.get(name)) for row in rows], pa.string()) for name in names})
    return Received(_numbered(table, []), source_ref)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def require_columns(received: Received, wanted: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Which column received stands for each wanted one, under any of its names.

    Raises:
        SourceError: one is missing; names it and what the header has.
    """
    found = {key: name for key, names in wanted.items() for name in names if name in received.columns}
    missing = [names[0] for key, names in wanted.items() if key not in found]
    if missing:
        raise SourceError(
            f"{received.source_ref}: the header lacks {', '.join(map(repr, missing))}; it has "
            f"{', '.join(map(repr, received.columns))}.",
            "Export the data set again with all its columns.",
        )
    return found
