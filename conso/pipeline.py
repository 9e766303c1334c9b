"""The steps of a run in their order, each with its place in the journal and on the screen."""

from __future__ import annotations

import importlib
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conso import database
from conso.errors import ConsoError
from conso.journal import Journal, exclusive
from conso.steps import StepContext, StepResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from conso.console import StepScreen
    from conso.settings import Settings


@dataclass(frozen=True)
class Step:
    """One step: its name on the command line, what it is for, and where its function lives (imported when it runs)."""

    name: str
    title: str
    target: str

    def load(self) -> Callable[[StepContext], StepResult]:
        """The step's function."""
        module, _, function = self.target.partition(":")
        loaded: Callable[[StepContext], StepResult] = getattr(importlib.import_module(module), function)
        return loaded


def start_database(context: StepContext) -> StepResult:
    """Start the embedded PostgreSQL, or make sure that the given one answers; make our own tables."""
    started = database.start(context.settings)
    kind = "embedded PostgreSQL" if context.settings.uses_embedded_database else "PostgreSQL of CONSO_DATABASE_URL"
    with database.connect(context.settings) as connection:
        version = connection.info.parameter_status("server_version")
    address = database.safe_url(context.settings)
    return StepResult(
        f"{kind} {version} {'started' if started else 'answers'} at {address}",
        {"address": address, "version": version},
        changed=started,
    )


def issue_forecast(context: StepContext) -> StepResult:
    """Issue tomorrow's forecast, frozen in raw, and bring the marts that show it up to date."""
    forecast = importlib.import_module("ml.steps").forecast
    refresh = importlib.import_module("conso.transform").refresh_forecasts
    result: StepResult = forecast(context)
    refreshed: StepResult = refresh(context)
    return StepResult(result.summary, {**result.figures, "marts": refreshed.figures}, changed=result.changed)


STEPS = (
    Step("db start", "Database", "conso.pipeline:start_database"),
    Step("ingest", "Sources to raw", "ingest.step:run"),
    Step("check", "Checks on raw", "conso.checks:run"),
    Step("transform", "Raw to marts (dbt)", "conso.transform:run"),
    Step("train", "Backtest and model", "ml.steps:train"),
    Step("forecast", "Tomorrow's forecast", "conso.pipeline:issue_forecast"),
    Step("report", "Static site", "reports.step:run"),
)
BY_NAME = {step.name: step for step in STEPS}


class StepFailedError(ConsoError):
    """A step of a run failed: names the step; cause and remedy are the step's own."""

    def __init__(self, step: str, error: ConsoError) -> None:
        super().__init__(f"Step `{step}` failed. {error.cause}", error.remedy)
        self.exit_code = error.exit_code


@dataclass
class Outcome:
    """What a run did: results by step name, and how long each took in seconds."""

    results: dict[str, StepResult] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """True where any step but the database's found something new to do."""
        return any(result.changed for name, result in self.results.items() if name != "db start")

    def figures(self) -> dict[str, Any]:
        """All figures, by step."""
        return {
            name: {**r.figures, "summary": r.summary, "changed": r.changed, "seconds": round(self.seconds[name], 2)}
            for name, r in self.results.items()
        }


def run(settings: Settings, command: str, names: Sequence[str], *, source: str | None, screen: StepScreen) -> Outcome:
    """Run the named steps in order; every command that loads or computes comes through here.

    Raises:
        StepFailedError: the first step that failed; what the steps before it did stands.
        KeyboardInterrupt: Ctrl-C or SIGTERM; journalled, and the next run takes up from there.
    """
    outcome = Outcome()
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        with exclusive(settings, command), screen:
            context = StepContext(settings, source, screen.progress)
            journal = None
            if names[0] != "db start":
                database.start(settings)
                journal = Journal(settings, command, source)
            for name in names:
                _run_step(BY_NAME[name], context, screen, journal, outcome)
                journal = journal or Journal(settings, command, source)
            if journal is not None:
                journal.close()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return outcome


def _run_step(step: Step, context: StepContext, screen: StepScreen, journal: Journal | None, outcome: Outcome) -> None:
    screen.begin(step)
    clock = time.monotonic()
    try:
        if journal:
            journal.begin(step.name)
        result = step.load()(context)
    except BaseException as error:
        screen.failed()
        if journal:
            # A second Ctrl-C, the user's or a library's echo of the first, must not leave the journal unwritten.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            journal.fail(step.name, "interrupted" if isinstance(error, KeyboardInterrupt) else "failed", str(error))
        if isinstance(error, ConsoError):
            raise StepFailedError(step.name, error) from error
        raise
    outcome.results[step.name] = result
    outcome.seconds[step.name] = time.monotonic() - clock
    if journal:
        journal.end(step.name, result)
    screen.done(result, outcome.seconds[step.name])


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
