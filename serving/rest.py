"""The REST API: read-only lists over the marts, under ``/v1``."""

# No `from __future__ import annotations` here: FastAPI reads the annotations of the functions defined below.
import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.responses import Response

from serving.backend import Backend
from serving.datasets import CALENDAR, DATASETS, FORECASTS, WEATHER, Dataset, Row
from serving.freshness import SourceFreshness, read_freshness
from serving.paging import DayPage, ForecastPage, SpanPage, WeatherPage, make_cursor, page_query
from serving.predict import FeatureContract, features_of
from serving.problem import MEDIA_TYPE, ProblemDocument, unavailable
from serving.scores import Score, ScoreQuery, read_scores

RowT = TypeVar("RowT", bound=BaseModel)
UTC_NOTE = "Instants are UTC; fields ending in _paris are civil dates and hours of France. An interval is its start."

PAGES: dict[str, type[SpanPage | DayPage]] = {
    FORECASTS.name: ForecastPage,
    WEATHER.name: WeatherPage,
    CALENDAR.name: DayPage,
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}},
    }
    for status, description in (
        (422, "A parameter is not what it should be; `errors` names it"),
        (503, "The database does not answer, or the warehouse is not built yet"),
    )
}


class ListOf(BaseModel, Generic[RowT]):
    """A list of rows."""

    is_synthetic: bool = Field(description="True: everything here was made by the demo's generator.")
    data: list[RowT]


class PageOf(ListOf[RowT], Generic[RowT]):
    """A page of rows, oldest first."""

    next_cursor: str | None = Field(description="Give it as `cursor` to get the next page; null: this is the last.")


class Health(BaseModel):
    """Whether this worker can answer."""

    status: Literal["ok", "not ready"]
    reasons: list[str] = Field(description="Why it is not ready.")
    model_version: str | None
    clock_utc: datetime = Field(description="What time it is in the warehouse.")
    clock_basis: str = Field(description="system: it runs; frozen or data: it stands at the end of the data.")
    is_synthetic: bool


def _json(content: Any) -> Response:
    return Response(to_json(content, inf_nan_mode="null"), media_type="application/json")


def _list_endpoint(
    backend: Backend, dataset: Dataset, page_type: type[SpanPage | DayPage]
) -> Callable[..., Awaitable[Response]]:
    async def read(page: Annotated[page_type, Query()]) -> Response:  # type: ignore[valid-type]
        query, values = page_query(dataset, page)
        rows = await backend.rows(query, values)
        more = len(rows) > page.limit  # type: ignore[attr-defined]
        rows = rows[: page.limit]  # type: ignore[attr-defined]
        now = await backend.now()
        return _json(
            {
                "is_synthetic": now.is_synthetic,
                "next_cursor": make_cursor(dataset, rows[-1]) if more else None,
                "data": rows,
            }
        )

    read.__name__ = dataset.name
    return read


def make_router(backend: Backend) -> APIRouter:
    """Routes under ``/v1``, answered from ``backend``."""
    router = APIRouter(prefix="/v1", responses=PROBLEMS)
    for dataset in DATASETS:
        row: type[Row] = dataset.row
        router.add_api_route(
            f"/{dataset.name}",
            _list_endpoint(backend, dataset, PAGES.get(dataset.name, SpanPage)),
            summary=dataset.summary,
            description=f"From marts.{dataset.table}. {UTC_NOTE}",
            response_model=None,
            responses={200: {"model": PageOf[row], "description": "A page, oldest first"}},  # type: ignore[valid-type]
            tags=["Data"],
        )
    _add_scores(router, backend)
    _add_features(router)
    _add_state(router, backend)
    return router


def _add_scores(router: APIRouter, backend: Backend) -> None:
    @router.get(
        "/scores",
        summary="Backtest errors of our model beside RTE's day-ahead forecast and the 7-day lag",
        response_model=None,
        responses={200: {"model": ListOf[Score], "description": "One row per model (and month, or hour)"}},
        tags=["Data"],
    )
    async def scores(query: Annotated[ScoreQuery, Query()]) -> Response:
        """From marts.fct_backtest: every model on the same hours, trained only on what was known before."""
        rows = await read_scores(backend, query)
        now = await backend.now()
        return _json({"is_synthetic": now.is_synthetic, "data": rows})


def _add_features(router: APIRouter) -> None:
    @router.get(
        "/features", summary="What `/predict` wants: each model's features, their units and ranges", tags=["Forecast"]
    )
    async def features() -> dict[str, list[FeatureContract]]:
        """By model, in the order of its columns. None may be missing."""
        return {
            name: [FeatureContract.model_validate(feature) for feature in await asyncio.to_thread(features_of, name)]
            for name in ("ours", "combined")
        }


def _add_state(router: APIRouter, backend: Backend) -> None:
    @router.get("/health", summary="Whether this worker can answer", tags=["State"])
    async def health() -> Health:
        """200 where the database answers, 503 where not; `/readyz` is the one for load balancers."""
        now = await backend.now()
        champion = backend.champion.current
        reasons = [backend.champion.reason] if champion is None else []
        return Health(
            status="not ready" if reasons else "ok",
            reasons=reasons,
            model_version=None if champion is None else champion.version,
            clock_utc=now.utc,
            clock_basis=now.basis,
            is_synthetic=now.is_synthetic,
        )

    @router.get(
        "/status",
        summary="What is loaded from each source, and how fresh it is",
        response_model=None,
        responses={200: {"model": ListOf[SourceFreshness], "description": "One row per source"}},
        tags=["State"],
    )
    async def status() -> Response:
        """From marts.mart_source_freshness; age counts from the last measure that is not null."""
        rows = await read_freshness(backend)
        if not rows:
            raise unavailable("The warehouse holds no source yet: run `conso up`.")
        now = await backend.now()
        return _json({"is_synthetic": now.is_synthetic, "data": rows})
