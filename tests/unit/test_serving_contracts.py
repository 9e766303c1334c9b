"""What the API promises of each column is what the warehouse's contract does."""

from __future__ import annotations

from datetime import date, datetime
from typing import get_args

import pytest
import yaml

from conso.settings import PROJECT_ROOT
from serving.datasets import DATASETS, Dataset

pytestmark = pytest.mark.unit

TYPES = {
    "timestamp with time zone": datetime,
    "date": date,
    "double precision": float,
    "integer": int,
    "boolean": bool,
    "text": str,
}


def contract(table: str) -> dict[str, tuple[type, bool]]:
    """Type of each column, and whether it may be null."""
    path = next((PROJECT_ROOT / "warehouse" / "models" / "marts").rglob(f"{table}.yml"))
    (model,) = yaml.safe_load(path.read_text())["models"]
    return {
        column["name"]: (
            TYPES.get(column["data_type"], object),
            all(constraint["type"] != "not_null" for constraint in column.get("constraints", ())),
        )
        for column in model["columns"]
    }


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_columns_types_and_nulls_are_the_contract_s(dataset: Dataset) -> None:
    promised = {}
    for name, field in dataset.row.model_fields.items():
        alternatives = get_args(field.annotation) or (field.annotation,)
        promised[name] = (alternatives[0], type(None) in alternatives)
    held = contract(dataset.table)
    assert promised == {name: held[name] for name in promised}
