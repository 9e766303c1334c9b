"""Predictions on rows of features, checked against the features' contract before the model sees them."""

# No `from __future__ import annotations`: BentoML reads the annotations of the models below.
import asyncio
import difflib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from serving.backend import Backend
from serving.forecast import Band
from serving.problem import MOST_ERRORS_SHOWN, FieldProblem, invalid

MOST_ROWS = 1_000
MOST_NAME_LENGTH = 100


class Feature(Protocol):
    """What one column of the model means (`ml.features.Feature`)."""

    @property
    def name(self) -> str:
        """Its name, which ends in its unit."""

    @property
    def unit(self) -> str:
        """Its unit, empty where it has none."""

    @property
    def minimum(self) -> float:
        """The least it may be."""

    @property
    def maximum(self) -> float:
        """The most it may be."""


class FeatureContract(BaseModel):
    """One feature, as `/predict` wants it."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    unit: str = Field(description="Empty where it has none.")
    description: str
    minimum: float
    maximum: float


class PredictRequest(BaseModel):
    """Rows of features."""

    model_config = ConfigDict(extra="forbid")

    model_name: Literal["ours", "combined"] = Field(default="ours", description="combined also takes RTE's forecast.")
    rows: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MOST_ROWS,
        description="Each names every feature of the model, in its unit; `/v1/features` lists them.",
    )


class PredictResponse(BaseModel):
    """Predictions in the order of the rows."""

    model_name: Literal["ours", "combined"]
    model_version: str
    unit: Literal["MW"] = "MW"
    predictions: list[Band]


async def predict(backend: Backend, request: PredictRequest) -> PredictResponse:
    """Predict with the champion.

    Raises:
        Problem: 422 for rows that break the contract, 503 while no champion is loaded.
    """
    champion = backend.champion.get()
    table = check_rows(request.rows, await asyncio.to_thread(features_of, request.model_name))
    found = await asyncio.to_thread(champion.predict_rows, table, request.model_name)
    bands = [Band(p10_mw=p10, p50_mw=p50, p90_mw=p90) for p10, p50, p90 in found]
    return PredictResponse(model_name=request.model_name, model_version=champion.version, predictions=bands)


def features_of(model_name: str) -> Sequence[Feature]:
    """The columns of a model, in order. The first call imports pandas: not for the event loop."""
    from ml.features import FEATURES  # noqa: PLC0415

    return FEATURES[model_name]


def check_rows(rows: Sequence[Mapping[str, Any]], features: Sequence[Feature]) -> list[list[float]]:
    """Values of each row in the order of ``features``.

    Raises:
        Problem: 422 that names row, feature, unit and range of what is wrong.
    """
    known = {feature.name for feature in features}
    found = (problem for index, row in enumerate(rows) for problem in _problems(index, row, features, known))
    problems = list(itertools.islice(found, MOST_ERRORS_SHOWN + 1))  # naming thousands would take seconds
    if problems:
        raise invalid(problems)
    return [[float(row[feature.name]) for feature in features] for row in rows]


def _problems(
    index: int, row: Mapping[str, Any], features: Sequence[Feature], known: set[str]
) -> Iterator[FieldProblem]:
    for name in sorted(row.keys() - known):
        close = difflib.get_close_matches(name[:MOST_NAME_LENGTH], known, n=1)
        yield _problem(index, name, f"no such feature; did you mean {close[0]}?" if close else "no such feature")
    for feature in features:
        found = _fault(row.get(feature.name), feature)
        if found:
            expected = f"expected a number from {feature.minimum:g} to {feature.maximum:g} {feature.unit}".rstrip()
            yield _problem(index, feature.name, f"{expected}, found {found}")


def _fault(value: object, feature: Feature) -> str:
    """What ``value`` is where it is not what ``feature`` wants, else empty."""
    if value is None:
        return "missing"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"a {type(value).__name__}"
    if feature.minimum <= value <= feature.maximum:
        return ""
    try:
        return f"{float(value):g}"  # NaN is in no range
    except OverflowError:
        return "a number too large"


def _problem(row: int, name: str, detail: str) -> FieldProblem:
    name = name[:MOST_NAME_LENGTH]
    pointer = "/rows/{}/{}".format(row, name.replace("~", "~0").replace("/", "~1"))
    return FieldProblem(field=name, row=row, pointer=pointer, detail=detail)
