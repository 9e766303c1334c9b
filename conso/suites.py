"""The expectations on raw as data: ``warehouse/expectations/*.yml``, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from conso.errors import ConsoError
from conso.fingerprint import WAREHOUSE_DIR

if TYPE_CHECKING:
    from pathlib import Path

EXPECTATIONS_DIR = WAREHOUSE_DIR / "expectations"
Severity = Literal["critical", "warning"]


class Expected(BaseModel):
    """One expectation: Great Expectations' type and its arguments, how bad a breach is, and why it is expected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    expectation: str
    kwargs: dict[str, Any] = {}
    severity: Severity
    why: str


class Suite(BaseModel):
    """What one table of raw is held against.

    ``key`` names the rows in examples. An empty table is a critical breach where it is ``required``, nothing where it
    ``may_be_empty``, else a warning.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    required: bool
    may_be_empty: bool = False
    key: tuple[str, ...]
    expectations: tuple[Expected, ...]

    @field_validator("expectations")
    @classmethod
    def _names_are_unique(cls, value: tuple[Expected, ...]) -> tuple[Expected, ...]:
        names = [expected.name for expected in value]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"names that come twice: {', '.join(sorted(twice))}")
        return value


def load(folder: Path = EXPECTATIONS_DIR) -> tuple[Suite, ...]:
    """All suites of ``folder`` in the order of their file names.

    Raises:
        ConsoError: a file is not what it should be; names it and the place in it.
    """
    return tuple(_read(path) for path in sorted(folder.glob("*.yml")))


def _read(path: Path) -> Suite:
    try:
        return Suite.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ConsoError(f"{path} is no YAML: {error}", "Correct the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConsoError(
            f"{path} is no suite of expectations: {place}: {first['msg']}.", "Correct the file."
        ) from error
