"""Ctrl-C in each step of a run: a clear word, exit code 130, and the same command then goes on to the end."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from conso import database
from conso.pipeline import STEPS
from conso.settings import PROJECT_ROOT, Settings
from tests.e2e.commands import conso, conso_command, environment
from tests.tables import checksums

pytestmark = [pytest.mark.e2e, pytest.mark.crash]


def interrupt_in(step: str, home: Path) -> tuple[int, str]:
    """Run the demo and send SIGINT as soon as ``step`` begins; gives the exit code and what was printed."""
    process = subprocess.Popen(
        conso_command("up", "--source", "demo"),
        env=environment(home),
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    with process:
        for line in process.stderr:
            said.append(line)
            if f"] {step}:" in line:
                process.send_signal(signal.SIGINT)
        return process.wait(timeout=60), "".join(said)


@pytest.mark.timeout(600)
def test_interrupted_in_every_step_then_finished_equals_never_interrupted(demo):
    home = Path(tempfile.mkdtemp(prefix="conso-e2e-"))
    settings = Settings(home=home)
    try:
        for step in STEPS:
            code, said = interrupt_in(step.name, home)
            assert code == 130, said
            assert "Interrupted" in said
            assert "Traceback" not in said
        done = conso(home, "up", "--source", "demo")
        assert done.returncode == 0, done.stderr
        assert checksums(settings) == checksums(demo.settings)
    finally:
        database.embedded(settings).stop()
        shutil.rmtree(home, ignore_errors=True)
