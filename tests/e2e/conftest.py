"""One demo warehouse for all end-to-end tests, made by the command itself with no network but loopback."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conso import database
from conso.settings import PROJECT_ROOT, Settings
from tests.e2e.commands import conso_command, environment, loopback_only

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Demo:
    home: Path
    settings: Settings
    figures: dict[str, Any]
    without_network: bool


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    # not under pytest's folder: its long path would leave no room for a Unix socket
    home = Path(tempfile.mkdtemp(prefix="conso-e2e-"))
    settings = Settings(home=home)
    prefix = loopback_only()
    try:
        done = subprocess.run(
            [*prefix, *conso_command("up", "--source", "demo", "--json")],
            env=environment(home),
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        # The server was started in the other network: it must come back in ours.
        database.embedded(settings).stop()
        assert done.returncode == 0, done.stderr[-4000:]
        database.start(settings)
        yield Demo(home, settings, json.loads(done.stdout), without_network=bool(prefix))
    finally:
        database.embedded(settings).stop()
        shutil.rmtree(home, ignore_errors=True)
