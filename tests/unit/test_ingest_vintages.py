"""Append-if-changed, without a database: what is present is a table of versions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from ingest import odre
from ingest.contracts import NATIONAL_LOAD
from ingest.received import read_csv
from ingest.vintages import Stamp, keep_new, version_columns
from tests.fakes import fake_exports as fake

if TYPE_CHECKING:
    from ingest.batch import Batch

pytestmark = pytest.mark.unit

START = datetime(2024, 1, 10, 12, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING = NATIONAL_LOAD.arrow_schema.empty_table()


def batch(*loads: float, ref="a.csv", status="Définitif"):
    lines = [fake.daily_line(START + timedelta(minutes=30 * n), load, status) for n, load in enumerate(loads)]
    return odre.parse_daily(read_csv(fake.daily(lines), ref))


def load(present, *batches: Batch, now=NOW):
    """The table after a run, and what was new in it."""
    fresh = keep_new(
        NATIONAL_LOAD,
        batches,
        present.select(list(version_columns(NATIONAL_LOAD))),
        Stamp(now, "directory", is_synthetic=False),
    )
    return pa.concat_tables([present, fresh.rows]), fresh


def history(table):
    rows = sorted(table.to_pylist(), key=lambda row: (row["interval_start_utc"], row["known_at_utc"]))
    return [(row["load_mw"], row["known_at_basis"]) for row in rows]


def test_the_same_again_is_nothing_new():
    table, first = load(NOTHING, batch(50_000, 51_000))
    again, second = load(table, batch(50_000, 51_000), now=NOW + timedelta(hours=1))
    assert (first.new_by_batch, second.new_by_batch) == ((2,), (0,))
    assert again.equals(table)


def test_a_then_b_then_a_are_three_versions():
    table, _ = load(NOTHING, batch(50_000))
    table, _ = load(table, batch(50_100), now=NOW + timedelta(hours=1))
    table, _ = load(table, batch(50_000), now=NOW + timedelta(hours=2))
    assert history(table) == [(50_000, "rule"), (50_100, "retrieval"), (50_000, "retrieval")]
    assert table["known_at_utc"].to_pylist() == [
        datetime(2025, 6, 1, tzinfo=UTC),
        NOW + timedelta(hours=1),
        NOW + timedelta(hours=2),
    ]


def test_only_changed_rows_are_written():
    table, _ = load(NOTHING, batch(50_000, 51_000, 52_000))
    _, fresh = load(table, batch(50_000, 51_500, 52_000), now=NOW + timedelta(hours=1))
    assert fresh.rows["load_mw"].to_pylist() == [51_500]
    assert fresh.rows["retrieved_at_utc"].to_pylist() == [NOW + timedelta(hours=1)]


def test_sources_that_disagree_make_two_versions_once():
    both = (batch(50_000), batch(50_100, ref="b.csv"))
    table, first = load(NOTHING, *both)
    assert first.new_by_batch == (1, 1)
    assert history(table) == [(50_000, "rule"), (50_100, "retrieval")]
    for hour in range(1, 4):
        table, fresh = load(table, *both, now=NOW + timedelta(hours=hour))
        assert fresh.rows.num_rows == 0


def test_sources_that_agree_make_one_version():
    _, fresh = load(NOTHING, batch(50_000), batch(50_000, ref="b.csv"))
    assert fresh.new_by_batch == (1, 0)


def test_nothing_is_known_after_it_was_retrieved():
    early = datetime(2024, 2, 1, tzinfo=UTC)  # before 1 June 2025, from when the year is definitive by rule
    table, _ = load(NOTHING, batch(50_000), now=early)
    assert (table["known_at_utc"][0].as_py(), table["known_at_basis"][0].as_py()) == (early, "retrieval")


def test_two_revisions_at_one_instant_keep_their_order():
    table, _ = load(NOTHING, batch(50_000))
    table, _ = load(table, batch(50_100))
    table, _ = load(table, batch(50_200))
    assert history(table) == [(50_000, "rule"), (50_100, "retrieval"), (50_200, "retrieval")]
    assert len(set(table["known_at_utc"].to_pylist())) == 3


def test_another_status_is_another_key():
    _, fresh = load(NOTHING, batch(50_000, status="Consolidé"), batch(51_000))
    assert fresh.new_by_batch == (1, 1)
    assert set(fresh.rows["known_at_basis"].to_pylist()) == {"rule"}


def test_no_batches_are_no_rows():
    _, fresh = load(NOTHING)
    assert (fresh.rows.num_rows, fresh.new_by_batch) == (0, ())


def test_every_row_is_stamped():
    _, fresh = load(NOTHING, batch(50_000))
    (row,) = fresh.rows.to_pylist()
    assert (row["origin"], row["is_synthetic"], row["source_ref"]) == ("directory", False, "a.csv")
    assert fresh.rows.schema == NATIONAL_LOAD.arrow_schema
