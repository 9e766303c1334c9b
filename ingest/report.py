"""What a run of ingest did, counted table by table, and what went wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.batch import Batch
    from ingest.contracts import Contract


@dataclass(frozen=True)
class Problem:
    """A source, file or page that could not be loaded; ``required`` where the run cannot count as a success."""

    source: str
    cause: str
    remedy: str = ""
    required: bool = False


@dataclass
class Counts:
    """Rows of one table: read = new + unchanged + quarantined + blank + duplicates."""

    read: int = 0
    new: int = 0
    unchanged: int = 0
    quarantined: int = 0
    blank: int = 0
    duplicates: int = 0

    def add(self, other: Counts) -> None:
        """Add another's counts to these."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def seen_again(self) -> Counts:
        """The same rows in a run that has nothing to do with them."""
        return Counts(self.read, 0, self.new + self.unchanged, self.quarantined, self.blank, self.duplicates)

    @classmethod
    def of(cls, batch: Batch, new: int) -> Counts:
        """The counts of one batch, of which ``new`` rows were new."""
        return cls(
            read=batch.read,
            new=new,
            unchanged=batch.rows.num_rows - new,
            quarantined=len(batch.rejects),
            blank=batch.blank,
            duplicates=batch.duplicates,
        )


@dataclass
class Delivery:
    """What an origin brings for one table.

    ``sources`` names the files or addresses asked; ``skipped`` counts rows of files that are known to be unchanged
    and were not read again; ``on_loaded`` is told the counts of each batch once they are in the database.
    """

    contract: Contract
    batches: list[Batch] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    on_loaded: Callable[[list[Counts]], None] | None = None
    skipped: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Report:
    """The run so far."""

    tables: dict[str, Counts] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    quarantined_now: int = 0

    @property
    def new(self) -> int:
        """Rows written to the publishers' tables."""
        return sum(counts.new for counts in self.tables.values())

    def figures(self, spans: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """JSON values: counts and ``spans`` (first, last, rows) by table, problems and notes."""
        return {
            "tables": {name: {**vars(counts), **spans.get(name, {})} for name, counts in self.tables.items()},
            "sources": self.sources,
            "new": self.new,
            "quarantined_now": self.quarantined_now,
            "problems": [
                {"source": p.source, "cause": p.cause, "remedy": p.remedy, "required": p.required}
                for p in self.problems
            ],
            "notes": self.notes,
        }
