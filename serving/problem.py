"""Errors as problem documents (RFC 9457, ``application/problem+json``) that name the field."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg_pool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from conso.errors import ConsoError, DatabaseUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

logger = logging.getLogger("serving")

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS_SHOWN = 20
RETRY_AFTER_S = 5


class FieldProblem(BaseModel):
    """One thing wrong with one field of the request."""

    field: str = Field(description="Name of the query parameter, body field or feature.")
    pointer: str | None = Field(default=None, description="JSON pointer (RFC 6901) into the request body.")
    row: int | None = Field(default=None, description="Index of the row in the request, from 0.")
    detail: str = Field(description="What was expected there.")


class ProblemDocument(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:conso:problem:invalid-request",
                "title": "Unprocessable Entity",
                "status": 422,
                "detail": "start: expected an ISO 8601 instant with offset (2024-01-01T00:00Z) or a date (2024-01-01).",
                "instance": "/v1/load",
                "errors": [{"field": "start", "detail": "expected an ISO 8601 instant with offset or a date"}],
            }
        }
    )

    type: str = Field(description="Identifies the kind of problem: urn:conso:problem:<kind>, or about:blank.")
    title: str = Field(description="The HTTP status in words.")
    status: int
    detail: str = Field(description="What went wrong this time, and what to do about it.")
    instance: str = Field(description="Path of the request.")
    errors: list[FieldProblem] = Field(default_factory=list, description="The fields at fault, the first few of them.")


class Problem(Exception):  # noqa: N818 - named for the document it becomes
    """Answer the request with a problem document instead.

    ``kind`` ends its type (``urn:conso:problem:<kind>``); ``errors`` name the fields at fault.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


def invalid(errors: Sequence[FieldProblem]) -> Problem:
    """422 for fields whose values are not what they should be."""
    first = errors[0]
    where = first.field if first.row is None else f"row {first.row}, {first.field}"
    others = len(errors) - 1
    more = "" if not others else f" ({others} more)" if others < MOST_ERRORS_SHOWN else " (and many more)"
    return Problem(
        422, "invalid-request", f"{where}: {first.detail.rstrip('.')}.{more}", errors=errors[:MOST_ERRORS_SHOWN]
    )


def invalid_field(field: str, detail: str) -> Problem:
    """422 for one field."""
    return invalid([FieldProblem(field=field, detail=detail)])


def unavailable(detail: str) -> Problem:
    """503 for a part that does not answer just now."""
    return Problem(503, "unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def from_pydantic(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem behind pydantic's list of errors: 400 where the body is no JSON at all, else 422."""
    for error in errors:
        if error["type"] == "json_invalid":
            reason = error.get("ctx", {}).get("error", error["msg"])
            return Problem(400, "malformed-json", f"The body is not JSON: {reason}.")
    return invalid([_field_problem(error) for error in errors])


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    parts = [part for part in error["loc"] if part not in {"query", "path", "body"}]
    in_body = not error["loc"] or error["loc"][0] not in {"query", "path"}
    names = [part for part in parts if isinstance(part, str)]
    rows = [part for part in parts if isinstance(part, int)]
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
    detail = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        detail = "no such field"
    return FieldProblem(
        field=names[-1] if names else "body",
        pointer=pointer if in_body else None,
        row=rows[0] if rows else None,
        detail=detail,
    )


def from_exception(error: Exception) -> Problem:
    """The problem to answer with where ``error`` was raised; what we did not foresee becomes a bare 500, logged."""
    match error:
        case Problem():
            problem = error
        case RequestValidationError():
            problem = from_pydantic(error.errors())
        case HTTPException():
            problem = _from_http(error)
        case psycopg.Error() | psycopg_pool.PoolTimeout() | DatabaseUnavailableError():
            problem = _from_database(error)
        case ConsoError():
            logger.warning("%s", error)
            problem = unavailable(str(error))
        case _:
            logger.error("unforeseen", exc_info=error)
            problem = Problem(500, "internal", "This is our fault; the server's log says more.")
    return problem


def _from_http(error: HTTPException) -> Problem:
    bare = error.status_code == HTTPStatus.NOT_FOUND and error.detail == HTTPStatus.NOT_FOUND.phrase
    detail = "There is nothing at this address; /docs lists what there is." if bare else error.detail
    return Problem(error.status_code, "", detail, headers=error.headers)


def _from_database(error: Exception) -> Problem:
    match error:
        case psycopg.errors.UndefinedTable() | psycopg.errors.InvalidSchemaName() | psycopg.errors.UndefinedColumn():
            what = error.diag.message_primary or "a table is missing"
            return unavailable(f"The warehouse is not built yet ({what}): run `conso up` or `conso transform`.")
        case psycopg.errors.QueryCanceled():
            return unavailable("The database took too long over this: ask for a shorter span or try again later.")
        case psycopg.DataError():  # a forged cursor with a NUL in it, say
            return Problem(422, "invalid-request", "A value is none that the database can take.")
        case psycopg.OperationalError() | psycopg_pool.PoolTimeout() | DatabaseUnavailableError():
            logger.warning("database: %s", str(error).strip() or type(error).__name__)
            return unavailable("The database does not answer: try again in a moment, or see `conso status`.")
        case _:
            logger.error("unforeseen", exc_info=error)
            return Problem(500, "internal", "This is our fault; the server's log says more.")


def respond(problem: Problem, request: Request) -> Response:
    """The problem as an HTTP response to ``request``."""
    document = ProblemDocument(
        type=f"urn:conso:problem:{problem.kind}" if problem.kind else "about:blank",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        instance=request.url.path,
        errors=problem.errors,
    )
    content = document.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


async def handle(request: Request, error: Exception) -> Response:
    """Exception handler for Starlette and FastAPI."""
    return respond(from_exception(error), request)


HANDLERS: dict[Any, Any] = dict.fromkeys(
    (Problem, RequestValidationError, HTTPException, psycopg.Error, psycopg_pool.PoolTimeout, ConsoError), handle
)
"""For ``exception_handlers=``; `Exception` itself is handled at the outermost layer (see ``serving.bento``)."""
