"""What the steps of a run share: their context and what they give back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from conso.settings import Settings


class Progress(Protocol):
    """How a step tells the user how far it is."""

    def __call__(self, description: str, done: float | None = None, total: float | None = None) -> None:
        """Say what is being done now; ``done`` of ``total`` where that is known."""


def silent(description: str, done: float | None = None, total: float | None = None) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class StepContext:
    """What a step is given.

    ``source`` is ``"demo"``, ``"live"`` or a directory's path; None for steps that read only the warehouse.
    """

    settings: Settings
    source: str | None = None
    progress: Progress = silent


@dataclass(frozen=True)
class StepResult:
    """What a step did.

    ``summary`` is one line for a person; ``figures`` are JSON values for the final table, `--json` and
    ``ops.step``; ``changed`` is False where the step found nothing new to do.
    """

    summary: str
    figures: dict[str, Any] = field(default_factory=dict)
    changed: bool = True


@dataclass(frozen=True)
class Clock:
    """The instant that this warehouse takes for now, and why.

    ``basis`` is ``"system"`` (the clock runs), ``"frozen"`` (``CONSO_NOW``) or ``"data"`` (a directory or the demo
    ends in the past: now is the newest issue time whose inputs are complete).
    """

    now_utc: datetime
    basis: str
