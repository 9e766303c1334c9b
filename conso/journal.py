"""The journal of runs (``ops.run``, ``ops.step``) and the lock that keeps two runs apart."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conso import database
from conso.errors import ConsoError, DatabaseUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from conso.settings import Settings
    from conso.steps import StepResult

LOCK_NAME = "run.lock"


@contextlib.contextmanager
def exclusive(settings: Settings, command: str) -> Iterator[None]:
    """Hold the run lock of ``CONSO_HOME``; a lock of a process that died is free by itself.

    Raises:
        ConsoError: another run is under way; the message names its process and command.
    """
    try:
        settings.home_dir.mkdir(parents=True, exist_ok=True)
        handle = (settings.home_dir / LOCK_NAME).open("a+")
    except OSError as error:
        raise DatabaseUnavailableError(
            f"CONSO_HOME={settings.home_dir} cannot be written: {error.strerror}.",
            "Set CONSO_HOME to a directory that you may write to.",
        ) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            raise ConsoError(
                f"Another run is under way in {settings.home_dir} ({handle.read().strip() or 'just starting'}).",
                "Wait for it (`conso status` shows it), or use another CONSO_HOME.",
            ) from error
        handle.seek(0)
        handle.truncate()
        handle.write(f"pid {os.getpid()}: conso {command}")
        handle.flush()
        yield


def running(settings: Settings) -> str | None:
    """``pid N: conso COMMAND`` of the run under way in this ``CONSO_HOME``, None where there is none."""
    path = settings.home_dir / LOCK_NAME
    if not path.exists():
        return None
    with path.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return handle.read().strip()
    return None


class Journal:
    """Writes what one command does, step by step, each entry in a transaction of its own.

    The steps may swap the database underneath (see ``database.enter_world``): the run's own row is therefore written
    again wherever it is missing.
    """

    def __init__(self, settings: Settings, command: str, source: str | None) -> None:
        self.settings = settings
        self.run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
        self._run = (self.run_id, command, source, datetime.now(UTC), os.getpid())
        with database.connect(settings) as connection:
            connection.execute("update ops.step set status = 'interrupted' where status = 'running'")
            connection.execute("update ops.run set status = 'interrupted' where status = 'running'")

    def begin(self, step: str) -> None:
        """Say that ``step`` starts."""
        with database.connect(self.settings) as connection:
            self._ensure_run(connection)
            connection.execute("insert into ops.step (run_id, step) values (%s, %s)", [self.run_id, step])

    def end(self, step: str, result: StepResult) -> None:
        """Say that ``step`` has succeeded."""
        with database.connect(self.settings) as connection:
            self._ensure_run(connection)
            connection.execute(
                """insert into ops.step (run_id, step, finished_at_utc, status, changed, summary, figures)
                   values (%s, %s, now(), 'succeeded', %s, %s, %s)
                   on conflict (run_id, step) do update set
                     finished_at_utc = excluded.finished_at_utc, status = excluded.status,
                     changed = excluded.changed, summary = excluded.summary, figures = excluded.figures""",
                [self.run_id, step, result.changed, result.summary, json.dumps(result.figures, default=str)],
            )

    def fail(self, step: str, status: str, error: str) -> None:
        """Say that ``step`` has ``failed`` or was ``interrupted``; does not raise where the database is gone."""
        with contextlib.suppress(DatabaseUnavailableError), database.connect(self.settings) as connection:
            connection.execute(
                """update ops.step set finished_at_utc = now(), status = %s, error = %s
                   where run_id = %s and step = %s""",
                [status, error, self.run_id, step],
            )
            connection.execute(
                "update ops.run set status = %s, finished_at_utc = now() where run_id = %s", [status, self.run_id]
            )

    def close(self) -> None:
        """Say that the run has succeeded."""
        with database.connect(self.settings) as connection:
            connection.execute(
                "update ops.run set status = 'succeeded', finished_at_utc = now() where run_id = %s", [self.run_id]
            )

    def _ensure_run(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(
            """insert into ops.run (run_id, command, source, started_at_utc, pid)
               values (%s, %s, %s, %s, %s) on conflict (run_id) do nothing""",
            self._run,
        )
