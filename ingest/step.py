"""The step `ingest`: every source of an origin into the raw tables."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from conso import database
from conso.errors import SourceError, UsageError
from conso.steps import StepContext, StepResult
from ingest import counting, load, public_holidays
from ingest.contracts import NATIONAL_LOAD, PUBLIC_HOLIDAYS
from ingest.report import Counts, Delivery, Problem, Report
from ingest.vintages import Stamp, keep_new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conso.settings import Settings
    from conso.steps import Progress


class Origin(Protocol):
    """Where deliveries come from."""

    def deliveries(self, progress: Progress) -> Iterator[Delivery]:
        """What there is for each table; may raise nothing but what stops the whole run."""


@dataclass(frozen=True)
class Opened:
    """An origin that was found readable; ``clock_utc`` is the demo's, None for real data."""

    origin: Origin
    stamp: Stamp
    world: database.World
    clock_utc: datetime | None = None
    unrecognised: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def run(context: StepContext) -> StepResult:
    """Load every source of ``context.source`` (``"demo"``, ``"live"`` or a directory) into the raw tables.

    The origin is found readable before anything changes. A source that fails does not keep the others from loading.

    Raises:
        UsageError: no source, or a directory that is none.
        SourceError: the origin cannot be read, or a source that is required (national load) failed.
        ConsoError: the warehouse in use holds data of the other world, or refused the rows.
    """
    if context.source is None:
        raise UsageError("No source was given.", "Give --source demo, live or a directory.")
    with _open(context) as opened:
        return load_from(context, opened)


def load_from(context: StepContext, opened: Opened) -> StepResult:
    """Load what an opened origin brings; see `run`."""
    settings = context.settings
    swapped = database.enter_world(settings, opened.world, source=str(context.source))
    load.create_tables(settings)
    report = Report(notes=list(opened.notes))
    for delivery in opened.origin.deliveries(context.progress):
        _load(settings, opened, delivery, report, context.progress)
    _holidays_by_law(settings, opened, report, context.progress)
    clock = _set_clock(settings, opened)
    _require_load(settings, report)
    _raise_if_required_failed(report)
    figures = {
        "origin": opened.stamp.origin,
        "world": opened.world,
        "unrecognised": list(opened.unrecognised),
        **clock,
        **report.figures(counting.spans(settings)),
        "half_hours_per_year": counting.half_hours_per_year(settings),
        "quarantine": counting.quarantine(settings),
    }
    changed = bool(report.new or report.quarantined_now or swapped)
    return StepResult(_summary(report, opened, figures), figures, changed=changed)


@contextlib.contextmanager
def _open(context: StepContext) -> Iterator[Opened]:
    source = str(context.source)
    if source in {"demo", "live"}:
        from ingest.from_publishers import open_demo, open_live  # noqa: PLC0415 - heavy

        with (open_demo if source == "demo" else open_live)(context) as opened:
            yield opened
        return
    yield _open_directory(context.settings, Path(source))


def _open_directory(settings: Settings, directory: Path) -> Opened:
    from ingest.directory import take_inventory  # noqa: PLC0415 - heavy
    from ingest.from_directory import DirectoryOrigin  # noqa: PLC0415

    inventory = take_inventory(directory.expanduser().resolve(), skip=settings.home_dir)
    return Opened(
        DirectoryOrigin(settings, inventory),
        Stamp(datetime.now(UTC), "directory", is_synthetic=False),
        "real",
        unrecognised=tuple(inventory.unrecognised),
        notes=tuple(f"{file.ref}: recognised ({file.format.title}), not loaded yet" for file in inventory.not_loaded),
    )


def _load(settings: Settings, opened: Opened, delivery: Delivery, report: Report, progress: Progress) -> None:
    contract = delivery.contract
    report.problems += delivery.problems
    report.notes += delivery.notes
    report.sources.setdefault(contract.table, []).extend(delivery.sources)
    total = report.tables.setdefault(contract.name, Counts())
    total.add(delivery.skipped)
    if not delivery.batches:
        return
    progress(f"Loading {contract.name}")
    present = load.present_versions(settings, contract, delivery.batches)
    fresh = keep_new(contract, delivery.batches, present, opened.stamp)
    load.append(settings, contract, fresh.rows, world=opened.world)
    counts = []
    for batch, new in zip(delivery.batches, fresh.new_by_batch, strict=True):
        report.quarantined_now += load.quarantine(
            settings, contract.table, batch.rejects, opened.stamp.retrieved_at_utc
        )
        counts.append(Counts.of(batch, new))
        total.add(counts[-1])
    if delivery.on_loaded is not None:
        delivery.on_loaded(counts)


def _holidays_by_law(settings: Settings, opened: Opened, report: Report, progress: Progress) -> None:
    """Compute the public holidays where the origin brought none, and say so."""
    brought = report.tables.get(PUBLIC_HOLIDAYS.name, Counts())
    if brought.new + brought.unchanged:
        return
    now = opened.clock_utc or datetime.now(UTC)
    with database.connect(settings) as connection:
        rows = connection.execute(
            "select date_paris from raw.public_holidays where zone = %s", [public_holidays.METROPOLE]
        ).fetchall()
    batch = public_holidays.batch_by_law(now.year + 1, frozenset(row[0] for row in rows))
    _load(settings, opened, Delivery(PUBLIC_HOLIDAYS, [batch], [public_holidays.LAW_REF]), report, progress)
    report.notes.append(
        f"public holidays {public_holidays.FIRST_YEAR}-{now.year + 1} are computed from the law "
        f"({public_holidays.LAW_REF}): this source has no etalab file"
    )


def _set_clock(settings: Settings, opened: Opened) -> dict[str, Any]:
    if opened.stamp.origin == "directory":
        from ingest.data_clock import newest_issue_time  # noqa: PLC0415

        clock_utc, basis = newest_issue_time(settings)
    else:
        clock_utc, basis = opened.clock_utc, "the demo's" if opened.clock_utc else "the system's"
    database.set_clock(settings, clock_utc)
    return {"clock_utc": clock_utc.isoformat() if clock_utc else None, "clock_basis": basis}


def _require_load(settings: Settings, report: Report) -> None:
    """A warehouse without any national load is no success, whatever else was loaded."""
    with database.connect(settings) as connection:
        if connection.execute("select 1 from raw.odre_national_load limit 1").fetchone() is not None:
            return
    if not any(problem.required for problem in report.problems):
        report.problems.append(
            Problem(
                NATIONAL_LOAD.table,
                "The source brought no national load: raw.odre_national_load is empty.",
                "Add an export of ODRÉ's consommation-quotidienne-brute or eco2mix-national-tr.",
                required=True,
            )
        )


def _raise_if_required_failed(report: Report) -> None:
    required = [problem for problem in report.problems if problem.required]
    if required:
        others = [problem for problem in report.problems if not problem.required]
        raise SourceError(
            " ".join(problem.cause for problem in (*required, *others)),
            f"{required[0].remedy} What could be loaded of the other sources is loaded.",
        )


def _summary(report: Report, opened: Opened, figures: dict[str, Any]) -> str:
    """One short line; causes and remedies are in ``figures["problems"]``, remarks in ``figures["notes"]``."""
    loaded = [table for table in figures["tables"].values() if table["rows"]]
    parts = [f"{report.new:,} new rows, {sum(table['rows'] for table in loaded):,} in {len(loaded)} tables"]
    refused = sum(sum(reasons.values()) for reasons in figures["quarantine"].values())
    if refused:
        parts.append(f"{refused:,} in quarantine")
    if opened.stamp.is_synthetic:
        parts.append("SYNTHETIC data of the demo")
    if figures["clock_utc"]:
        parts.append(f"clock {figures['clock_utc'][:16]}Z")
    if report.problems:
        parts.append(f"{len(report.problems)} PROBLEM" + ("S" if len(report.problems) > 1 else ""))
    return "; ".join(parts)
