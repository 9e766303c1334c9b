"""One OpenAPI schema for BentoML's endpoints and the REST API."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, get_type_hints

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from serving.problem import MEDIA_TYPE, ProblemDocument

if TYPE_CHECKING:
    from collections.abc import Callable

    from _bentoml_sdk import Service  # type: ignore[import-untyped] # it ships no types

OPENAPI_VERSION = "3.1.0"
REFERENCE = "#/components/schemas/{model}"
DESCRIPTION = """French electricity consumption, prices, weather and calendars as they were known, and a day-ahead
forecast of the load with its interval. Instants are UTC (ISO 8601, `Z`); fields ending in `_paris` are civil dates and
hours of France. Units end the names: `_mw`, `_mwh`, `_eur_per_mwh`, `_c`. `is_synthetic` marks what the demo's
generator made. Errors are problem documents (RFC 9457)."""
INFRASTRUCTURE = {
    "/livez": "The process is alive",
    "/readyz": "The champion is loaded and the database answers",
    "/metrics": "Prometheus metrics",
}
SERVICE_PROBLEMS = {
    "400": "The body is not JSON",
    "404": "There is none, and its inputs are not known",
    "413": "The body is too large",
    "415": "The body is not application/json",
    "422": "A field is not what it should be; `errors` names it",
    "503": "The database does not answer, or no champion is loaded",
}


def merged_schema(service: Service[Any]) -> dict[str, Any]:
    """OpenAPI of ``service`` and of the FastAPI applications mounted in it."""
    routes = [route for app, _, _ in service.mount_apps if isinstance(app, FastAPI) for route in app.routes]
    rest = get_openapi(title="conso", version=version("conso"), openapi_version=OPENAPI_VERSION, routes=routes)
    apis = {api.route: get_type_hints(api.func) for api in service.apis.values()}
    models: list[tuple[Any, Any]] = [(ProblemDocument, "serialization")]
    for hints in apis.values():
        models += [(hints["request"], "validation"), (hints["return"], "serialization")]
    _, definitions = models_json_schema(models, ref_template=REFERENCE)
    schemas = rest["components"]["schemas"] | definitions["$defs"]
    own = {api.route: _operation(api.func, apis[api.route]) for api in service.apis.values()}
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": "conso", "version": version("conso"), "description": DESCRIPTION},
        "servers": [{"url": "."}],
        "tags": [{"name": "Forecast"}, {"name": "Data"}, {"name": "State"}],
        "paths": {**own, **rest["paths"], **{path: _plain(summary) for path, summary in INFRASTRUCTURE.items()}},
        "components": {"schemas": {name: schemas[name] for name in sorted(schemas)}},
    }


def _operation(function: Callable[..., Any], hints: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": {"description": "Done", "content": _content("application/json", hints["return"])}}
    for status, description in SERVICE_PROBLEMS.items():
        answers[status] = {"description": description, "content": _content(MEDIA_TYPE, ProblemDocument)}
    return {
        "post": {
            "operationId": function.__name__,
            "summary": (function.__doc__ or "").strip().splitlines()[0],
            "tags": ["Forecast"],
            "requestBody": {"content": _content("application/json", hints["request"])},
            "responses": answers,
        }
    }


def _content(media_type: str, model: type) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}


def _plain(summary: str) -> dict[str, Any]:
    return {
        "get": {
            "summary": summary,
            "tags": ["State"],
            "responses": {"200": {"description": "Yes", "content": {"text/plain": {"schema": {"type": "string"}}}}},
        }
    }
