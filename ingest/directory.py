"""A directory of publishers' exports: every file is recognised by what is in it, and read once until it changes."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from conso.errors import SourceError, UsageError
from ingest import open_meteo, price_pages, received
from ingest.formats import PRICE_PAGE, WEATHER_FILE, Format, format_of
from ingest.report import Problem

if TYPE_CHECKING:
    from ingest.batch import Batch

FileKind = Literal["csv", "json", "parquet", "html"]
PEEK_BYTES = 65_536
DATA_SUFFIXES = frozenset({".csv", ".txt", ".json", ".parquet", ".html", ".htm", ".gz", ".zip", ".xls", ".xlsx"})
"""A file that is named as data and cannot be read as such is a problem; any other is only mentioned."""
_JSON_KEY = re.compile(rb'"(\w+)"\s*:')


@dataclass(frozen=True)
class SourceFile:
    """A file that is recognised: ``ref`` is its path inside the directory, ``digest`` the SHA-256 of its bytes."""

    path: Path
    ref: str
    digest: str
    kind: FileKind
    format: Format


@dataclass
class Inventory:
    """What a directory holds, before anything of it is loaded."""

    files: list[SourceFile] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def not_loaded(self) -> list[SourceFile]:
        """Files that are recognised and have no table yet."""
        return [file for file in self.files if file.format.contract is None]


def take_inventory(directory: Path, *, skip: Path) -> Inventory:
    """Look at every file beneath ``directory`` but hidden ones and ``skip`` (our own state).

    Raises:
        UsageError: it is no directory, or not one that we may read.
        SourceError: it holds nothing that any publisher's format is recognised in.
    """
    inventory = Inventory()
    for path in _walk(directory, skip, inventory):
        ref = path.relative_to(directory).as_posix()
        try:
            file = _recognise(path, ref, inventory)
        except OSError as error:
            inventory.problems.append(
                Problem(ref, f"{path}: cannot be read ({error.strerror}).", "Give it read permission.")
            )
        except SourceError as error:
            inventory.problems.append(Problem(ref, error.cause, error.remedy))
        else:
            if file is not None:
                inventory.files.append(file)
    if not inventory.files:
        raise _nothing_found(directory, inventory)
    return inventory


def _nothing_found(directory: Path, inventory: Inventory) -> SourceError:
    seen = [problem.cause for problem in inventory.problems] or inventory.unrecognised[:5]
    return SourceError(
        f"{directory}: no file in it is a publisher's export that we know. "
        + (f"Found: {'; '.join(seen)}." if seen else "It is empty."),
        "Put exports of ODRÉ, ENTSO-E, Open-Meteo, the school calendar or prices into it, or use --source demo.",
    )


def _walk(directory: Path, skip: Path, inventory: Inventory) -> list[Path]:
    if not directory.is_dir():
        what = "is no directory" if directory.exists() else "does not exist"
        raise UsageError(f"The source directory {directory} {what}.", "Give --source demo, live or a directory.")

    def denied(error: OSError) -> None:
        if Path(error.filename) == directory:
            raise UsageError(
                f"The source directory {directory} cannot be read ({error.strerror}).", "Give it read permission."
            ) from error
        ref = Path(error.filename).relative_to(directory).as_posix()
        inventory.problems.append(
            Problem(ref, f"{error.filename}: cannot be read ({error.strerror}).", "Give it read permission.")
        )

    found: list[Path] = []
    for parent, folders, names in os.walk(directory, onerror=denied):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and Path(parent, name).resolve() != skip.resolve()
        )
        found += [Path(parent, name) for name in sorted(names) if not name.startswith(".")]
    return found


def _recognise(path: Path, ref: str, inventory: Inventory) -> SourceFile | None:
    with path.open("rb") as file:
        head = received.peek(file.read(PEEK_BYTES), PEEK_BYTES)
    kind = _kind_of(head)
    named_as_data = path.suffix.lower() in DATA_SUFFIXES
    if kind is None and named_as_data:
        raise SourceError(f"{ref}: neither text nor parquet; expected a publisher's export.", "Fetch it again.")
    columns: frozenset[str] = frozenset()
    known: Format | None = None
    if kind == "parquet":
        columns = open_meteo.parquet_columns(received.unpacked(path.read_bytes(), ref), ref)
        known = WEATHER_FILE if WEATHER_FILE.recognises(columns) else None
    elif kind == "html":
        known = PRICE_PAGE if price_pages.is_price_page(path.name, path.read_bytes().decode(errors="replace")) else None
    elif kind == "json":
        columns = frozenset(key.decode() for key in _JSON_KEY.findall(head))
        known = format_of(columns)
    elif kind == "csv" and named_as_data:
        columns = frozenset(received.header_of(head, ref))
        known = format_of(columns)
    if known is None or kind is None:
        found = f" ({kind} with {', '.join(sorted(columns)[:8])})" if columns else ""
        inventory.unrecognised.append(ref + found)
        return None
    return SourceFile(path, ref, hashlib.sha256(path.read_bytes()).hexdigest(), kind, known)


def _kind_of(head: bytes) -> FileKind | None:
    start = head.removeprefix(received.BOM).lstrip()[:1]
    if head.startswith(received.PARQUET_MAGIC):
        return "parquet"
    if b"\0" in head or not start:
        return None
    if start in (b"[", b"{"):
        return "json"
    return "html" if start == b"<" else "csv"


def parse_file(file: SourceFile) -> Batch:
    """Read and interpret a recognised file.

    Raises:
        SourceError: it is not whole or not as its format wants it.
    """
    try:
        data = file.path.read_bytes()
    except OSError as error:
        raise SourceError(f"{file.path}: cannot be read ({error.strerror}).", "Give it read permission.") from error
    data = received.unpacked(data, file.ref)
    if file.kind == "parquet":
        return open_meteo.parse_parquet(data, file.ref)
    if file.kind == "html":
        return price_pages.parse_saved_page(data.decode(errors="replace"), file.ref)
    if file.format.parse is None:
        raise SourceError(f"{file.ref}: {file.format.title} has no table yet.", "Leave it out.")
    rows = received.read_csv(data, file.ref) if file.kind == "csv" else received.read_json_rows(data, file.ref)
    return file.format.parse(rows)


@cache
def reader_digest() -> str:
    """SHA-256 over the code that interprets files: another version of it reads unchanged files again."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for path in sorted([*package.glob("*.py"), *(package / "epex").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
