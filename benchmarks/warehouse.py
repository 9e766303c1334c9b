"""The warehouse built from empty, then by 24 hourly increments: time per model of both, and whether the rows agree.

    .venv/bin/python benchmarks/warehouse.py demo
    .venv/bin/python benchmarks/warehouse.py ../shared/data --increments 24 --top 15

The increments are what an hourly run finds: new quarters of load at the end, a real-time value that was rewritten and
a definitive one that came in for an old half-hour, weather three days ahead every sixth hour. At the end everything is
built from empty once more, and the checksums of every table of intermediate and marts are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from conso import database, dbt_build, transform
from conso.settings import Settings
from conso.steps import StepContext
from ingest.step import run as ingest

NEW_ROWS = """
insert into raw.odre_national_load (dataset, status, interval_start_utc, step_minutes, load_mw, forecast_d1_mw,
  nuclear_mw, known_at_utc, known_at_basis, retrieved_at_utc, origin, is_synthetic, source_ref, row_hash)
select 'eco2mix-national-tr', 'temps_reel', at, 15, 52000 + 10 * %(number)s, 51500, 40000, at + interval '45 minutes',
  'rule', now(), 'directory', false, 'benchmark', 'new' || at
from generate_series(%(end)s::timestamptz + (%(number)s - 1) * interval '1 hour',
  %(end)s::timestamptz + %(number)s * interval '1 hour' - interval '15 minutes', interval '15 minutes') as at
union all
select dataset, status, interval_start_utc, step_minutes, load_mw + 55, forecast_d1_mw, nuclear_mw,
  known_at_utc + interval '1 minute', known_at_basis, now(), origin, is_synthetic, 'benchmark', row_hash || %(number)s
from (select * from raw.odre_national_load where source_ref <> 'benchmark' and load_mw is not null
      order by interval_start_utc desc, known_at_utc desc offset %(number)s * 2000 limit 2) as old
"""
NEW_WEATHER = """
insert into raw.open_meteo_weather (city, weather_kind, valid_at_utc, temperature_2m_c, known_at_utc, known_at_basis,
  retrieved_at_utc, origin, is_synthetic, source_ref, row_hash)
select 'paris', 'forecast', at, 8 + extract(hour from at) / 4, %(end)s::timestamptz + %(number)s * interval '1 hour',
  'rule', now(), 'directory', false, 'benchmark', 'new' || at || %(number)s
from generate_series(%(end)s::timestamptz, %(end)s::timestamptz + interval '72 hours', interval '1 hour') as at
"""


def checksums(settings: Settings) -> dict[str, tuple[int, str]]:
    """Rows and checksum of every table of intermediate and marts, the bookkeeping of changes left out."""
    with database.connect(settings, read_only=True) as connection:
        names = connection.execute(
            """select nspname || '.' || relname from pg_class join pg_namespace n on n.oid = relnamespace
               where nspname in ('intermediate', 'marts') and relkind in ('r', 'v')
                 and relname not like 'int_changes__%' order by 1"""
        ).fetchall()
        return {
            name: connection.execute(
                f"select count(*), md5(string_agg(h, '' order by h)) from (select md5(x::text) as h from {name} x) y"  # noqa: S608
            ).fetchone()
            for (name,) in names
        }


def build(settings: Settings) -> tuple[float, dict[str, float]]:
    """Run the step; gives its wall seconds and dbt's seconds by node."""
    started = time.monotonic()
    transform.run(StepContext(settings))
    seconds = time.monotonic() - started
    results = json.loads((dbt_build.target_dir(settings) / "run_results.json").read_text(encoding="utf-8"))["results"]
    return seconds, {r["unique_id"].split(".", 2)[2]: r["execution_time"] for r in results}


def increments(settings: Settings, count: int) -> tuple[list[float], list[dict[str, float]]]:
    """Add an hour and build, ``count`` times."""
    with database.connect(settings) as connection:
        (end,) = connection.execute(
            "select max(interval_start_utc) + interval '1 hour' from raw.odre_national_load"
        ).fetchone()
    walls, nodes = [], []
    for number in range(1, count + 1):
        with database.connect(settings) as connection:
            connection.execute(NEW_ROWS, {"end": end, "number": number})
            if number % 6 == 0:
                connection.execute(NEW_WEATHER, {"end": end, "number": number})
        wall, by_node = build(settings)
        walls.append(wall)
        nodes.append(by_node)
    return walls, nodes


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="demo", help="demo, live or a directory")
    parser.add_argument("--increments", type=int, default=24)
    parser.add_argument("--top", type=int, default=20, help="how many models and tests to list")
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="conso-bench-"))
    settings = Settings(home=home)
    try:
        database.start(settings)
        source = arguments.source if arguments.source in {"demo", "live"} else str(Path(arguments.source).resolve())
        ingest(StepContext(settings, source))
        full, full_nodes = build(settings)
        walls, nodes = increments(settings, arguments.increments)
        before = checksums(settings)
        with database.connect(settings) as connection:
            connection.execute("delete from ops.transform_state")
        again, _ = build(settings)
        after = checksums(settings)
    finally:
        database.embedded(settings).stop()
        shutil.rmtree(home, ignore_errors=True)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load average {load:.1f}; source {arguments.source}")
    print(f"full build {full:.1f} s (limit 60), from empty again {again:.1f} s")
    print(
        f"{len(walls)} increments: median {statistics.median(walls):.1f} s, worst {max(walls):.1f} s (limit 6);"
        f" median is {statistics.median(walls) / again:.2f} of a full build"
    )
    differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    print(f"{len(before)} tables compared with a build from empty; differing: {', '.join(differing) or 'none'}")
    print(f"{'node':<70}{'full s':>8}{'increment s (median)':>22}")
    for name in sorted(full_nodes, key=full_nodes.__getitem__, reverse=True)[: arguments.top]:
        median = statistics.median(each.get(name, 0.0) for each in nodes)
        print(f"{name:<70}{full_nodes[name]:>8.2f}{median:>22.2f}")


if __name__ == "__main__":
    main()
