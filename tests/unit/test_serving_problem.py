"""What goes wrong becomes a problem document that names the field and gives nothing away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import psycopg
import psycopg_pool
import pytest
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from conso.errors import ConsoError, DatabaseUnavailableError
from serving.bento import MOST_BODY_BYTES, BodyLimit, endpoint_label
from serving.problem import HANDLERS, FieldProblem, Problem, from_exception, from_pydantic, handle, invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

pytestmark = pytest.mark.unit


class Body(BaseModel):
    rows: list[dict[str, float]]


def problem_of(json: str) -> Problem:
    with pytest.raises(ValidationError) as caught:
        Body.model_validate_json(json)
    return from_pydantic(caught.value.errors())


def test_a_field_deep_in_the_body_is_named_with_its_row_and_pointer() -> None:
    problem = problem_of('{"rows": [{"a": 1}, {"a/b": "x"}]}')
    assert problem.status == 422
    assert problem.errors == [
        FieldProblem(
            field="a/b",
            pointer="/rows/1/a~1b",
            row=1,
            detail="Input should be a valid number, unable to parse string as a number",
        )
    ]
    assert problem.detail.startswith("row 1, a/b: ")


def test_what_is_no_json_is_a_400() -> None:
    problem = problem_of('{"rows": [')
    assert (problem.status, problem.kind) == (400, "malformed-json")


def test_only_the_first_errors_are_listed() -> None:
    problem = invalid([FieldProblem(field="x", row=i, detail="no") for i in range(500)])
    assert len(problem.errors) == 20
    assert "many more" in problem.detail


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (psycopg.OperationalError("connection to 10.0.0.7 failed: password hunter2"), 503, "database does not answer"),
        (psycopg_pool.PoolTimeout("x"), 503, "database does not answer"),
        (DatabaseUnavailableError("secret/path"), 503, "database does not answer"),
        (psycopg.errors.QueryCanceled("statement timeout"), 503, "too long"),
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), 422, "value"),
        (psycopg.errors.UndefinedTable("x"), 503, "conso up"),
        (ConsoError("No model.", "Run `conso train`."), 503, "conso train"),
        (HTTPException(405, "Method Not Allowed", headers={"Allow": "GET"}), 405, "Method Not Allowed"),
        (HTTPException(404), 404, "/docs"),
        (RuntimeError("hunter2"), 500, "log"),
    ],
)
def test_each_error_has_its_status_and_tells_no_secret(error: Exception, status: int, says: str) -> None:
    problem = from_exception(error)
    assert problem.status == status
    assert says in problem.detail
    assert "hunter2" not in problem.detail
    assert "secret" not in problem.detail


async def post(content: bytes | AsyncIterator[bytes]) -> httpx.Response:
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    app = Starlette(routes=[Route("/echo", echo, methods=["POST"])], exception_handlers={**HANDLERS, Exception: handle})
    app.add_middleware(BodyLimit)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.post("/echo", content=content)


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 65536):
        yield b"x" * min(65536, size - start)


def test_a_large_body_is_refused_whether_it_says_its_length_or_not() -> None:
    assert asyncio.run(post(b"x" * MOST_BODY_BYTES)).text == str(MOST_BODY_BYTES)
    for content in (b"x" * (MOST_BODY_BYTES + 1), in_pieces(MOST_BODY_BYTES + 1)):
        answer = asyncio.run(post(content))
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"


def test_paths_that_nobody_knows_share_one_label_in_the_metrics() -> None:
    known = frozenset({"/forecast", "/v1/load"})
    labels = [endpoint_label(path, known) for path in ("/forecast", "/v1/load", "/site/a/b.css", "/x1", "/v1/load/2")]
    assert labels == ["/forecast", "/v1/load", "/site", "other", "other"]
