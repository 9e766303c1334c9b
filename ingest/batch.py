"""From interpreted rows to what may be loaded: blank rows, broken contracts and duplicates are sorted out here."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest import duck
from ingest.received import ROW_NUMBER, Received

if TYPE_CHECKING:
    import pyarrow as pa

    from ingest.contracts import Contract

REASON_MALFORMED = "wrong_number_of_fields"
REASON_UNREADABLE = "unreadable_value"
REASON_MISSING = "missing_value"
REASON_RANGE = "out_of_range"
REASON_CONFLICT = "conflicting_duplicate"

CANDIDATE_EXTRAS = ("known_at_utc", "seen_at_utc", ROW_NUMBER, "reason", "expected")
"""What a parser gives besides the business columns.

``known_at_utc`` comes from the publisher's timetable; null means: known from when we retrieve it. ``seen_at_utc``
(nullable) is when whoever collected the file saw this version; ``reason`` and ``expected`` are set where the parser
itself refuses the row.
"""

VERSION_COLUMNS = ("known_at_utc", "seen_at_utc", "row_hash", "source_ref")
"""What a batch's rows have besides the business columns."""


@dataclass(frozen=True)
class Reject:
    """A row that is refused, as it was received. ``row_number`` 0 is the whole file or page."""

    source_ref: str
    row_number: int
    reason: str
    expected: str
    payload: dict[str, Any]

    @property
    def row_hash(self) -> str:
        """MD5 of what was received and what was expected."""
        text = json.dumps([self.payload, self.expected], ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Batch:
    """What one file or answer gives for one table.

    ``rows`` has the business columns and `VERSION_COLUMNS`; ``read`` = rows + blank + duplicates + rejects, counted
    in rows of the table.
    """

    contract: Contract
    rows: pa.Table
    read: int
    blank: int = 0
    duplicates: int = 0
    rejects: tuple[Reject, ...] = ()


def sift(contract: Contract, candidates_sql: str, received: Received) -> Batch:
    """Interpret what was received and hold it against its contract.

    ``candidates_sql`` reads the table ``received`` and gives the business columns and `CANDIDATE_EXTRAS` (and
    ``source_ref``, where the rows come from several). Blank rows (no measure at all) are counted; rows that the
    parser refused, that lack a value or leave a range are rejected; rows of one key are kept once where they agree,
    and all rejected where they do not.
    """
    with duck.connect() as connection:
        connection.register("received", received.rows)
        connection.execute(f"create temp table judged as {_judgement(contract, candidates_sql)}")
        columns = connection.sql("from judged").columns
        if "source_ref" not in columns:
            source = duck.literal(received.source_ref)
            connection.execute(f"alter table judged add column source_ref varchar default {source}")
        kept = connection.sql(
            f"select {', '.join((*contract.business, *VERSION_COLUMNS))} from judged "  # noqa: S608 - own identifiers
            f"where verdict is null order by {ROW_NUMBER}"
        ).to_arrow_table()
        counts = dict(connection.sql("select coalesce(verdict, 'kept'), count(*) from judged group by all").fetchall())
        refused = connection.sql(
            f"select source_ref, {ROW_NUMBER}, verdict, expectation from judged "  # noqa: S608
            f"where verdict not in ('blank', 'duplicate') order by {ROW_NUMBER}"
        ).fetchall()
    return Batch(
        contract=contract,
        rows=kept,
        read=sum(counts.values()) + len(received.malformed),
        blank=counts.get("blank", 0),
        duplicates=counts.get("duplicate", 0),
        rejects=_rejects(refused, received),
    )


def _judgement(contract: Contract, candidates_sql: str) -> str:
    key = ", ".join(contract.key)
    rules = _rules(contract)
    verdicts = "\n".join(f"when {condition} then {verdict}" for condition, verdict, _ in rules)
    expectations = "\n".join(f"when {condition} then {expected}" for condition, _, expected in rules)
    return f"""
      with hashed as (
        select *, {row_hash_sql(contract)} as row_hash from ({candidates_sql})
      ),
      judged as (
        select * exclude (reason, expected),
          case {verdicts} end as first_verdict,
          case {expectations} end as first_expectation
        from hashed
      ),
      compared as (
        select *,
          row_number() over (partition by {key}, first_verdict is null order by {ROW_NUMBER}) as nth,
          min(row_hash) over (partition by {key}, first_verdict is null)
            <> max(row_hash) over (partition by {key}, first_verdict is null) as conflicts
        from judged
      )
      select * exclude (first_verdict, first_expectation, nth, conflicts),
        case when first_verdict is not null then first_verdict
             when conflicts then '{REASON_CONFLICT}'
             when nth > 1 then 'duplicate' end as verdict,
        case when first_verdict is not null then first_expectation
             when conflicts then 'one row per {", ".join(contract.key)}; the others differ' end as expectation
      from compared
    """  # noqa: S608 - identifiers of our own contracts


def _rules(contract: Contract) -> list[tuple[str, str, str]]:
    """Condition, verdict and expectation as SQL; the first condition that holds counts."""
    rules = [("reason is not null", "reason", "expected")]
    if contract.measures:
        rules.append((" and ".join(f"{name} is null" for name in contract.measures), "'blank'", "null"))
    for column in contract.columns:
        if not column.nullable:
            expectation = duck.literal(f"a value of {column.name}")
            rules.append((f"{column.name} is null", duck.literal(REASON_MISSING), expectation))
    for column in contract.columns:
        if column.limits is not None:
            low, high = column.limits
            outside = f"{column.name} not between {low} and {high}"
            expectation = duck.literal(f"{column.name} between {low:g} and {high:g}")
            rules.append((outside, duck.literal(REASON_RANGE), expectation))
    return rules


def row_hash_sql(contract: Contract) -> str:
    """MD5 over the business columns, as an expression: the same in every run and on every machine."""
    texts = {
        "timestamptz": "epoch_us({0})::varchar",
        "date": "strftime({0}, '%Y-%m-%d')",
    }
    parts = [
        f"coalesce({texts.get(column.kind, '{0}::varchar').format(column.name)}, '~')" for column in contract.columns
    ]
    return f"md5({' || chr(31) || '.join(parts)})"


def _rejects(refused: list[tuple[str, int, str, str]], received: Received) -> tuple[Reject, ...]:
    import numpy as np  # noqa: PLC0415 - heavy

    positions = np.searchsorted(received.rows[ROW_NUMBER].to_numpy(), [number for _, number, _, _ in refused])
    rows = received.rows.select(list(received.columns)).take(positions).to_pylist()
    rejects = [Reject(*verdict, payload=row) for verdict, row in zip(refused, rows, strict=True)]
    rejects += [
        Reject(received.source_ref, row.row_number, REASON_MALFORMED, row.expected, {"text": row.text})
        for row in received.malformed
    ]
    return tuple(rejects)
