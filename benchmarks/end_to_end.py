"""The whole job, twice, in a state directory of its own: time per step, peak memory, rows, and what the rerun changed.

    .venv/bin/python benchmarks/end_to_end.py demo
    .venv/bin/python benchmarks/end_to_end.py ~/Downloads/publishers --keep /tmp/real

Memory is the sum of the resident sets of the command and all processes below it (and the database's), sampled every
0.2 s: pages shared between processes count more than once, so the true figure is lower.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from conso import database
from conso.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_S = 0.2


def tree_rss_bytes(pids: list[int]) -> int:
    """Sum of the resident sets of these processes and their descendants, bytes."""
    total = 0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            members = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        for member in members:
            try:
                total += member.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    return total


def run_up(source: str, home: Path) -> tuple[dict[str, dict[str, object]], float, int]:
    """Run `conso up`; gives figures by step, wall seconds and peak memory in bytes."""
    environment = {**os.environ, "CONSO_HOME": str(home)}
    command = [sys.executable, "-m", "conso.cli", "up", "--source", source, "--json"]
    started, peak = time.monotonic(), 0
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, env=environment, cwd=ROOT)
        server = database.embedded(Settings(home=home))
        while process.poll() is None:
            peak = max(peak, tree_rss_bytes([pid for pid in (process.pid, server.pid()) if pid]))
            time.sleep(SAMPLE_S)
        seconds = time.monotonic() - started
        out.seek(0)
        text = out.read()
    if process.returncode:
        raise SystemExit(f"conso up exited with {process.returncode}")
    return json.loads(text), seconds, peak


def checksums(settings: Settings) -> dict[str, str]:
    """Ordered checksum of every row of every table and view of raw, staging, intermediate and marts."""
    listing = """select table_schema || '.' || quote_ident(table_name) from information_schema.tables
                 where table_schema in ('raw', 'staging', 'intermediate', 'marts') order by 1"""
    with database.connect(settings, read_only=True) as connection:
        names = [row[0] for row in connection.execute(listing)]
        found = {}
        for name in names:
            # names come from the catalogue, quoted there
            query = (
                f"select count(*), md5(string_agg(h, '' order by h)) from (select md5(t::text) as h from {name} t) x"  # noqa: S608
            )
            count, digest = connection.execute(query).fetchone()
            found[name] = f"{count} {digest}"
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="demo", help="demo, live or a directory")
    parser.add_argument("--keep", type=Path, help="use this CONSO_HOME (must not exist) and leave it there")
    arguments = parser.parse_args()
    home = arguments.keep or Path(tempfile.mkdtemp(prefix="conso-bench-"))
    settings = Settings(home=home)
    try:
        first, first_s, first_peak = run_up(arguments.source, home)
        before = checksums(settings)
        second, second_s, second_peak = run_up(arguments.source, home)
        after = checksums(settings)
    finally:
        if not arguments.keep:
            database.embedded(settings).stop()
            shutil.rmtree(home, ignore_errors=True)
    print(f"{os.cpu_count()} cores; source {arguments.source}")
    print(f"{'step':<12}{'first s':>10}{'again s':>10}")
    for step in first:
        print(f"{step:<12}{first[step]['seconds']:>10}{second[step]['seconds']:>10}")
    print(f"{'in all':<12}{first_s:>10.1f}{second_s:>10.1f}   ratio {second_s / first_s:.2f}")
    print(f"peak memory {first_peak / 2**30:.2f} GiB, again {second_peak / 2**30:.2f} GiB")
    differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    print(f"{len(before)} tables compared after the rerun; changed: {', '.join(differing) or 'none'}")
    for name, value in after.items():
        print(f"  {name:<50}{value.split()[0]:>10}")


if __name__ == "__main__":
    main()
