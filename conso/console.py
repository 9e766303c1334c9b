"""What the user sees while steps run: a live screen on a terminal, a line per event elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Any

    from conso.pipeline import Step
    from conso.steps import StepResult

stderr = Console(stderr=True, highlight=False, soft_wrap=True)
"""Progress and errors; standard output is kept for what a command gives (tables, JSON)."""
stdout = Console(highlight=False)

PLAIN_INTERVAL_S = 5.0


class StepScreen:
    """Shows which step runs and how far it is."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._number = 0
        self._live = stderr.is_terminal
        self._last_plain = 0.0
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("[bold]{task.fields[step]}[/]"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            console=stderr,
            transient=True,
        )
        self._task = self._progress.add_task("", step="", total=None, visible=False)
        self._step: Step | None = None

    def __enter__(self) -> Self:
        """Start the live display."""
        if self._live:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the live display, leaving the lines of the finished steps."""
        if self._live:
            self._progress.stop()

    def begin(self, step: Step) -> None:
        """A step starts."""
        self._number += 1
        self._step = step
        self._last_plain = time.monotonic()
        self._progress.reset(self._task, step=f"[{self._number}/{self._total}] {step.name}", total=None, visible=True)
        self._progress.update(self._task, description=step.title)
        if not self._live:
            stderr.print(f"[{self._number}/{self._total}] {step.name}: {step.title} …", markup=False)

    def progress(self, description: str, done: float | None = None, total: float | None = None) -> None:
        """A step tells how far it is (see ``conso.steps.Progress``)."""
        self._progress.update(self._task, description=description, completed=done or 0, total=total)
        if not self._live and time.monotonic() - self._last_plain > PLAIN_INTERVAL_S:
            self._last_plain = time.monotonic()
            share = f" ({done:.0f}/{total:.0f})" if done is not None and total else ""
            stderr.print(f"      {description}{share}", markup=False)

    def done(self, result: StepResult, seconds: float) -> None:
        """A step has succeeded."""
        name = self._step.name if self._step else ""
        mark = "✓" if result.changed else "="
        colour = "green" if result.changed else "dim"
        stderr.print(f"[{colour}]{mark}[/] [bold]{name:<10}[/] {result.summary} [dim]({seconds:.1f} s)[/]")
        self._progress.update(self._task, visible=False)

    def failed(self) -> None:
        """A step has failed: leave its name in sight; the error itself is printed by the command."""
        name = self._step.name if self._step else ""
        stderr.print(f"[red]✗[/] [bold]{name}[/]")
        self._progress.update(self._task, visible=False)


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows as a table on standard output: columns in full, each value in one line."""
    from rich.table import Table  # noqa: PLC0415

    lines = [["" if value is None else str(value) for value in row] for row in rows]
    table = Table(*columns, header_style="bold")
    for line in lines:
        table.add_row(*line)
    widths = [max(map(len, column)) for column in zip(columns, *lines, strict=True)]
    # As wide as the values are, also where the terminal is not: a cut instant is of no use.
    Console(highlight=False, width=sum(widths) + 3 * len(widths) + 1).print(table)
    stdout.print(f"{len(rows)} rows")
