"""The origin `directory`: from the files of an inventory to deliveries, one per table."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conso.errors import SourceError
from ingest import directory, fingerprints
from ingest.contracts import NATIONAL_LOAD, PUBLISHED, Contract
from ingest.formats import FORMATS, PRICE_PAGE
from ingest.report import Counts, Delivery, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conso.settings import Settings
    from conso.steps import Progress
    from ingest.batch import Batch


@dataclass(frozen=True)
class DirectoryOrigin:
    """A directory whose inventory was taken."""

    settings: Settings
    inventory: directory.Inventory

    def deliveries(self, progress: Progress) -> Iterator[Delivery]:
        """What the files bring, table by table, by format and path."""
        known = fingerprints.known_files(self.settings)
        loadable = sorted(
            (file for file in self.inventory.files if file.format.contract is not None),
            key=lambda file: (FORMATS.index(file.format), file.ref),
        )
        done = 0
        for contract in PUBLISHED:
            delivery = Delivery(contract, problems=self._unreadable() if contract is PUBLISHED[0] else [])
            read: list[tuple[directory.SourceFile, Batch]] = []
            for file in loadable:
                if file.format.contract is not contract:
                    continue
                progress(f"Reading {file.ref}", done, len(loadable))
                done += 1
                delivery.sources.append(file.ref)
                before = known.get(file.ref)
                if before is not None and before.is_of(file.digest, directory.reader_digest()):
                    delivery.skipped.add(before.counts.seen_again())
                else:
                    _read(file, delivery, read)
            delivery.batches = [batch for _, batch in read]
            delivery.on_loaded = _Recorder(self.settings, contract, [file for file, _ in read])
            yield delivery

    def _unreadable(self) -> list[Problem]:
        """The inventory's problems; one with a file that brought national load before is no small matter."""
        tables = fingerprints.tables_by_file(self.settings)
        return [
            dataclasses.replace(problem, required=tables.get(problem.source) == NATIONAL_LOAD.table)
            for problem in self.inventory.problems
        ]


@dataclass(frozen=True)
class _Recorder:
    """Remembers the files of a delivery once it is in the database."""

    settings: Settings
    contract: Contract
    files: list[directory.SourceFile]

    def __call__(self, counts: list[Counts]) -> None:
        for file, of_file in zip(self.files, counts, strict=True):
            if _is_lost(file, of_file.new + of_file.unchanged, of_file.quarantined):
                continue  # looked at again in every run, so that every run says so
            mark = fingerprints.Fingerprint(file.digest, directory.reader_digest(), of_file)
            fingerprints.record(self.settings, file.ref, self.contract.table, mark)


def _read(file: directory.SourceFile, delivery: Delivery, read: list[tuple[directory.SourceFile, Batch]]) -> None:
    required = file.format.contract is NATIONAL_LOAD
    try:
        batch = directory.parse_file(file)
    except SourceError as error:
        delivery.problems.append(Problem(file.ref, error.cause, error.remedy, required=required))
        return
    read.append((file, batch))
    if _is_lost(file, batch.rows.num_rows, len(batch.rejects)):
        first = batch.rejects[0]
        cause = (
            f"{file.ref}: all of its {len(batch.rejects)} rows are refused; the first, row {first.row_number}, "
            f"for {first.reason} (expected {first.expected})."
        )
        delivery.problems.append(
            Problem(file.ref, cause, "See raw.quarantine; fetch the file again.", required=required)
        )


def _is_lost(file: directory.SourceFile, rows: int, refused: int) -> bool:
    """Whether a file of many rows gave none but refused ones. A page that is refused whole is one of many."""
    return not rows and bool(refused) and file.format is not PRICE_PAGE
