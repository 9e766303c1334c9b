"""The origin `directory`: from the files of an inventory to deliveries, one per table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conso.errors import SourceError
from ingest import directory, fingerprints
from ingest.contracts import NATIONAL_LOAD, PUBLISHED, Contract
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
        """What the files bring, table by table, in the order of their paths."""
        known = fingerprints.known_files(self.settings)
        loadable = [file for file in self.inventory.files if file.format.contract is not None]
        done = 0
        for contract in PUBLISHED:
            delivery = Delivery(contract)
            read: list[tuple[directory.SourceFile, Batch]] = []
            for file in (file for file in loadable if file.format.contract is contract):
                progress(f"Reading {file.ref}", done, len(loadable))
                done += 1
                delivery.sources.append(file.ref)
                if not self._skip(file, known, delivery):
                    _read(file, delivery, read)
            delivery.batches = [batch for _, batch in read]
            delivery.on_loaded = self._recorder(contract, [file for file, _ in read])
            yield delivery

    def _skip(self, file: directory.SourceFile, known: dict[str, fingerprints.Fingerprint], delivery: Delivery) -> bool:
        before = known.get(file.ref)
        if before is None or (before.content_sha256, before.reader_sha256) != (
            file.digest,
            directory.reader_digest(),
        ):
            return False
        counts = before.counts
        delivery.skipped.add(
            Counts(
                read=counts.read,
                unchanged=counts.new + counts.unchanged,
                quarantined=counts.quarantined,
                blank=counts.blank,
                duplicates=counts.duplicates,
            )
        )
        return True

    def _recorder(self, contract: Contract, files: list[directory.SourceFile]) -> _Recorder:
        return _Recorder(self.settings, contract, files)


@dataclass(frozen=True)
class _Recorder:
    """Remembers the files of a delivery once it is in the database."""

    settings: Settings
    contract: Contract
    files: list[directory.SourceFile]

    def __call__(self, counts: list[Counts]) -> None:
        for file, of_file in zip(self.files, counts, strict=True):
            mark = fingerprints.Fingerprint(file.digest, directory.reader_digest(), of_file)
            fingerprints.record(self.settings, file.ref, self.contract.table, mark)


def _read(file: directory.SourceFile, delivery: Delivery, read: list[tuple[directory.SourceFile, Batch]]) -> None:
    try:
        batch = directory.parse_file(file)
    except SourceError as error:
        required = file.format.contract is NATIONAL_LOAD
        delivery.problems.append(Problem(file.ref, error.cause, error.remedy, required=required))
        return
    if not batch.rows.num_rows and batch.rejects:
        reasons = ", ".join(sorted({reject.reason for reject in batch.rejects}))
        first = batch.rejects[0]
        delivery.problems.append(
            Problem(
                file.ref,
                f"{file.ref}: nothing of it could be loaded ({len(batch.rejects)} in quarantine: {reasons}); "
                f"expected {first.expected}.",
                "See raw.quarantine; fetch the file again.",
                required=file.format.contract is NATIONAL_LOAD,
            )
        )
    read.append((file, batch))
