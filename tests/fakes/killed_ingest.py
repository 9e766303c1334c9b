"""Ingests in forked children that kill themselves, as `kill -9` would, at a named moment: orders come on stdin.

Started as ``python -m tests.fakes.killed_ingest``. One order is a line of JSON: ``home``, ``database_url``,
``source`` and ``point``, which is null or [module:function, nth call, before|after]. The answer is a line of JSON with
the signal that ended the child (0: none) and what it printed. A fork has the imports ready: a child starts in
milliseconds.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any


def kill_at(target: str, nth: int, moment: str) -> None:
    """Replace a function by one whose nth call ends this process, before it begins or after it is through."""
    module_name, _, path = target.partition(":")
    owner: Any = importlib.import_module(module_name)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    calls = 0

    def deadly(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **named)
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, deadly)


def ingest(order: dict[str, Any]) -> None:
    from conso.settings import Settings
    from conso.steps import StepContext
    from ingest.step import run

    if order["point"] is not None:
        kill_at(*order["point"])
    run(StepContext(Settings(home=Path(order["home"]), database_url=order["database_url"]), order["source"]))


def main() -> None:
    """Answer orders until stdin ends."""
    first = json.loads(sys.stdin.readline())
    from conso.settings import Settings
    from ingest import from_directory, load  # noqa: F401 - imported before the fork

    load._quiet_dlt(Settings(home=Path(first["home"])))
    for name in ("dlt.destinations.impl.postgres.postgres", "adbc_driver_postgresql.dbapi", "pyarrow.parquet"):
        importlib.import_module(name)
    for line in itertools.chain([json.dumps(first)], iter(sys.stdin.readline, "")):
        child = os.fork()
        if child == 0:
            try:
                ingest(json.loads(line))
            except BaseException:  # noqa: BLE001 - into the test's log, whatever it is
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        print(json.dumps({"signal": max(0, -code), "code": max(0, code)}), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
