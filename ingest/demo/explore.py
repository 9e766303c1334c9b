"""The Explore API v2.1 of Opendatasoft, as ODRÉ and data.education.gouv.fr run it: records and exports of a dataset."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.demo import odsql
from ingest.demo.answers import Answer, BadRequestError, Query, json_answer
from ingest.demo.clock import paris_offset_hours

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

BASE = "/api/explore/v2.1/catalog/datasets/"
RECORDS_LIMIT, RECORDS_DEFAULT, RECORDS_WINDOW = 100, 10, 10_000
QUOTA_PER_DAY = 50_000
BOM = b"\xef\xbb\xbf"
PARIS_CLOCKS = {"Europe/Paris", "Europe/Berlin", "Europe/Brussels"}
"""Zones whose clocks always show the same time."""
DELIMITERS = {";", ",", "\t", "|"}


@dataclass(frozen=True)
class Dataset:
    """One dataset: an Arrow table of technical names, and the French label of each column."""

    table: pa.Table
    labels: Mapping[str, str] = field(default_factory=dict)


def answer(datasets: Mapping[str, Dataset], path: str, query: Query) -> Answer:
    """Answer a request below ``/api/explore/v2.1/catalog/datasets/``.

    Raises:
        BadRequestError: no such dataset, format or field; a parameter out of its range.
    """
    name, _, what = path.removeprefix(BASE).partition("/")
    if name not in datasets:
        raise BadRequestError(
            {"error_code": "DatasetNotFoundError", "message": f"The requested dataset {name} does not exist."}, 404
        )
    dataset = datasets[name]
    if what == "records":
        return _records(dataset, query)
    kind, _, form = what.partition("/")
    if kind == "exports" and form in EXPORTS:
        exported: Answer = EXPORTS[form](dataset, query)
        return exported
    raise BadRequestError({"error_code": "NotFound", "message": f"Unknown resource {what}."}, 404)


def _integer(query: Query, name: str, default: int, low: int, high: int) -> int:
    text = query.get(name, str(default))
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise BadRequestError(
            {
                "error_code": "InvalidRESTParameterError",
                "message": f"Invalid value for {name} API parameter: {text} was found but {low} <= {name} <= {high} "
                "is expected.",
            }
        )
    return value


def _selected(dataset: Dataset, query: Query) -> pa.Table:
    table = odsql.filter_rows(dataset.table, query.get("where", ""))
    table = odsql.order_rows(table, query.get("order_by", ""))
    return odsql.select_columns(table, query.get("select", "*"))


def _records(dataset: Dataset, query: Query) -> Answer:
    limit = _integer(query, "limit", RECORDS_DEFAULT, -1, RECORDS_LIMIT)
    offset = _integer(query, "offset", 0, 0, RECORDS_WINDOW)
    limit = RECORDS_LIMIT if limit == -1 else limit
    if offset + limit > RECORDS_WINDOW:
        raise BadRequestError(
            {
                "error_code": "InvalidRESTParameterError",
                "message": "Invalid value for sum of offset + limit API parameter: "
                f"{offset + limit} was found but <= {RECORDS_WINDOW} is expected.",
            }
        )
    table = _selected(dataset, query)
    rows = _as_text(table.slice(offset, limit), _zone(query)).to_pylist()
    return json_answer({"total_count": table.num_rows, "results": rows})


def _exported(dataset: Dataset, query: Query) -> pa.Table:
    limit = _integer(query, "limit", -1, -1, 2**31)
    table = _selected(dataset, query)
    return table if limit == -1 else table.slice(0, limit)


def _json(dataset: Dataset, query: Query) -> Answer:
    rows = _as_text(_exported(dataset, query), _zone(query)).to_pylist()
    return Answer(json.dumps(rows, ensure_ascii=False).encode(), "application/json; charset=utf-8")


def _csv(dataset: Dataset, query: Query) -> Answer:
    import pyarrow.csv  # noqa: PLC0415 - heavy

    delimiter = query.get("delimiter", ";")
    if delimiter not in DELIMITERS:
        raise BadRequestError(
            {"error_code": "InvalidRESTParameterError", "message": f"Invalid value for delimiter: {delimiter!r}."}
        )
    table = _as_text(_exported(dataset, query), _zone(query))
    if query.get("use_labels", "false").lower() == "true":
        table = table.rename_columns([dataset.labels.get(name, name) for name in table.column_names])
    out = io.BytesIO()
    out.write(delimiter.join(table.column_names).encode() + b"\n")
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style="none")
    pyarrow.csv.write_csv(table, out, options)
    mark = BOM if query.get("with_bom", "true").lower() == "true" else b""
    return Answer(mark + out.getvalue(), "text/csv; charset=utf-8")


def _parquet(dataset: Dataset, query: Query) -> Answer:
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    out = io.BytesIO()
    pq.write_table(_exported(dataset, query), out, compression=query.get("parquet_compression", "snappy"))
    return Answer(out.getvalue(), "application/vnd.apache.parquet")


EXPORTS: dict[str, Any] = {"json": _json, "csv": _csv, "parquet": _parquet}


def _zone(query: Query) -> str:
    zone = query.get("timezone", "UTC")
    if zone != "UTC" and zone not in PARIS_CLOCKS:
        raise BadRequestError(
            {"error_code": "InvalidRESTParameterError", "message": f"Invalid value for timezone: {zone!r}."}
        )
    return zone


def _as_text(table: pa.Table, zone: str) -> pa.Table:
    """Instants as ISO 8601 text with the offset of the zone asked for; the rest as it is."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    for index, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            instants = table.column(index).to_numpy().astype("datetime64[s]")
            table = table.set_column(index, column.name, pa.array(_iso(instants, zone), pa.string()))
    return table


def _iso(instants: np.ndarray[tuple[int], np.dtype[np.datetime64]], zone: str) -> np.ndarray[Any, Any]:
    if zone == "UTC" or not len(instants):
        return np.char.add(np.datetime_as_string(instants, unit="s"), "+00:00")
    order = np.argsort(instants)
    hours = np.empty(len(instants), dtype=np.int64)
    hours[order] = paris_offset_hours(instants[order].astype("datetime64[m]"))
    local = instants + hours * np.timedelta64(3600, "s")
    return np.char.add(np.datetime_as_string(local, unit="s"), np.where(hours == 2, "+02:00", "+01:00"))  # noqa: PLR2004
