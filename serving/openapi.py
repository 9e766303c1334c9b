"""One OpenAPI schema for BentoML's endpoints and the REST API."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from _bentoml_sdk.service.openapi import generate_spec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serving.problem import MEDIA_TYPE, ProblemDocument

if TYPE_CHECKING:
    from _bentoml_sdk import Service

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


def merged_schema(service: Service[Any]) -> dict[str, Any]:
    """OpenAPI of ``service`` and of the FastAPI applications mounted in it."""
    bento = generate_spec(service).asdict()
    routes = [route for app, _, _ in service.mount_apps if isinstance(app, FastAPI) for route in app.routes]
    rest = get_openapi(title="conso", version=version("conso"), openapi_version=OPENAPI_VERSION, routes=routes)
    own = {api.route: _service_path(bento["paths"][api.route]) for api in service.apis.values()}
    schemas = {name: schema for name, schema in bento["components"]["schemas"].items() if "Exception" not in name}
    schemas |= rest["components"]["schemas"]
    schemas |= _problem_schemas()
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": "conso", "version": version("conso"), "description": DESCRIPTION},
        "servers": [{"url": "."}],
        "tags": [{"name": "Forecast"}, {"name": "Data"}, {"name": "State"}],
        "paths": {**own, **rest["paths"], **{path: _plain(summary) for path, summary in INFRASTRUCTURE.items()}},
        "components": {"schemas": {name: schemas[name] for name in sorted(schemas)}},
    }


def _service_path(path: dict[str, Any]) -> dict[str, Any]:
    operation = path["post"]
    problem = {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model=ProblemDocument.__name__)}}}
    answers = {status: answer for status, answer in operation["responses"].items() if int(status) < 300}  # noqa: PLR2004
    answers |= {
        status: {"description": description, "content": problem}
        for status, description in {
            "400": "The body is not JSON",
            "404": "There is none, and its inputs are not known",
            "413": "The body is too large",
            "415": "The body is not application/json",
            "422": "A field is not what it should be; `errors` names it",
            "503": "The database does not answer, or no champion is loaded",
        }.items()
    }
    return {"post": {**operation, "tags": ["Forecast"], "responses": answers}}


def _problem_schemas() -> dict[str, Any]:
    schema = ProblemDocument.model_json_schema(ref_template=REFERENCE)
    return {**schema.pop("$defs"), ProblemDocument.__name__: schema}


def _plain(summary: str) -> dict[str, Any]:
    return {
        "get": {
            "summary": summary,
            "tags": ["State"],
            "responses": {"200": {"description": "Yes", "content": {"text/plain": {"schema": {"type": "string"}}}}},
        }
    }
