"""Runs the command line as a user would, in a state directory of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from conso.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK_ONLY = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


def conso_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "conso.cli", *arguments]


def environment(home: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CONSO_")}
    return {**clean, "CONSO_HOME": str(home), "COLUMNS": "200", **more}


def conso(home: Path, *arguments: str, timeout_s: float = 240, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        conso_command(*arguments),
        env=environment(home, **more),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def loopback_only() -> list[str]:
    """Prefix that takes every network but loopback away, where this machine lets us."""
    tried = (
        subprocess.run([*LOOPBACK_ONLY, "true"], capture_output=True, check=False) if shutil.which("unshare") else None
    )
    return LOOPBACK_ONLY if tried is not None and tried.returncode == 0 else []
