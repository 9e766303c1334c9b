"""Any order of arrival: generated histories of real-time, consolidated, definitive and retracted versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import odre
from ingest.contracts import NATIONAL_LOAD
from ingest.received import read_csv
from ingest.vintages import Stamp, keep_new, version_columns
from tests.fakes import fake_exports as fake

pytestmark = [pytest.mark.unit, pytest.mark.property]

FIRST = datetime(2021, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)  # after every timetable: what is known when does not hang on the run
INSTANTS = 4
LOADS = (50_000, 50_001, 50_002)
NATURES = ("Données temps réel", "Données consolidées", "Données définitives")
KEY = ", ".join(NATIONAL_LOAD.key)

versions = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=8, unique=True
)  # one version of each nature and instant, as the publisher's final state has them
loads = st.sampled_from(LOADS)


@cache
def publisher(load):
    """Every nature and instant with one load, interpreted once for all examples."""
    lines = [
        fake.eco2mix_line(FIRST + timedelta(minutes=30 * n), load, nature=nature)
        for nature in NATURES
        for n in range(INSTANTS)
    ]
    return odre.parse_eco2mix(read_csv(fake.eco2mix(lines), "a.csv"))


def batch(rows):
    parts = [publisher(load).rows.slice(status * INSTANTS + n, 1) for status, n, load in rows]
    return replace(publisher(LOADS[0]), rows=pa.concat_tables(parts), read=len(parts))


def arrive(table, rows, at):
    stamp = Stamp(at, "directory", is_synthetic=False)
    fresh = keep_new(NATIONAL_LOAD, [batch(rows)], table.select(list(version_columns(NATIONAL_LOAD))), stamp)
    return pa.concat_tables([table, fresh.rows])


def current(table, known_by=None):
    """The newest version of each key known by an instant: what the warehouse's macro ``as_of`` gives."""
    where = f"where known_at_utc <= timestamptz '{known_by.isoformat()}'" if known_by else ""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("raw", table)
        return connection.sql(
            f"""select {KEY}, load_mw from raw {where}
                qualify row_number() over (partition by {KEY} order by known_at_utc desc) = 1
                order by all"""  # noqa: S608 - names of the contract
        ).fetchall()


def empty():
    return NATIONAL_LOAD.arrow_schema.empty_table()


@settings(max_examples=8, deadline=None, derandomize=True)
@given(data=st.data(), keys=versions)
def test_any_interleaving_and_repetition_gives_one_current_view(data, keys):
    rows = [(status, n, data.draw(loads)) for status, n in keys]
    # Each order is cut into runs, of which some come again.
    views = []
    for _ in range(2):
        order = data.draw(st.permutations(rows))
        cut = data.draw(st.integers(0, len(order)))
        repeated = data.draw(st.sampled_from([order[:cut], order[cut:], order]))
        table = empty()
        for hour, part in enumerate((order[:cut], order[cut:], repeated)):
            table = arrive(table, part, NOW + timedelta(hours=hour)) if part else table
        assert table.num_rows == len(rows)  # nothing doubled, nothing lost
        views.append((current(table), table.drop_columns(["retrieved_at_utc"]).to_pylist()))
    assert views[0][0] == views[1][0]
    key = lambda row: (row["status"], row["interval_start_utc"])  # noqa: E731 - of this comparison only
    assert sorted(views[0][1], key=key) == sorted(views[1][1], key=key)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), loads), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_as_of_equals_a_replay_of_what_had_become_known(runs):
    """Plain replay: a first version counts from its timetable or its arrival, a correction from its arrival.

    At the first runs nothing but real time is known by the timetable; the last one is years later.
    """
    arrivals = [FIRST + timedelta(hours=3 + hour) for hour in range(len(runs) - 1)] + [NOW]
    table, known = empty(), {}
    for at, run in zip(arrivals, runs, strict=True):
        values = {(status, n): load for status, n, load in run}
        table = arrive(table, [(*key, load) for key, load in values.items()], at)
        for key, load in values.items():
            history = known.setdefault(key, [])
            if not history or history[-1][1] != load:
                history.append((_known_from(key, at, bool(history)), load))
    for at in (*arrivals, FIRST + timedelta(hours=1), FIRST + timedelta(days=60)):
        expected = {}
        for key, history in known.items():
            for since, load in history:
                if since <= at:
                    expected[key] = load
        assert [row[-1] for row in current(table, at)] == [expected[key] for key in sorted(expected, key=_order)]


def _known_from(key, arrived, corrects):
    status, n = key
    end = FIRST + timedelta(minutes=30 * n + 15)
    by_timetable = (end + timedelta(minutes=30), datetime(2021, 4, 15, tzinfo=UTC), datetime(2022, 6, 1, tzinfo=UTC))
    timetable = by_timetable[status]
    in_time = timetable <= arrived and (not corrects or timetable > FIRST + timedelta(days=1))
    return timetable if in_time else arrived


def _order(key):
    status, n = key
    dataset = "eco2mix-national-tr" if status == 0 else "eco2mix-national-cons-def"
    return dataset, ("temps_reel", "consolidee", "definitive")[status], n
