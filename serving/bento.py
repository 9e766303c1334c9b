"""How BentoML answers here: problem documents, readiness that says why not, one OpenAPI schema, bounded metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from _bentoml_impl.server.app import ServiceAppFactory  # type: ignore[import-untyped] # it ships no types
from _bentoml_sdk import Service  # type: ignore[import-untyped] # it ships no types
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from pydantic import ValidationError
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, Response

from serving.openapi import merged_schema
from serving.problem import HANDLERS, Problem, from_exception, from_pydantic, handle, respond, unavailable

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES = 4 * 1024 * 1024
FOLDERS = ("/site", "/static_content")


class BodyLimit:
    """Refuses a request body of more than 4 MiB, announced or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MOST_BODY_BYTES:
                raise Problem(413, "too-large", f"The body is larger than {MOST_BODY_BYTES // 1024**2} MiB.")
            return message

        await self.app(scope, counted if scope["type"] == "http" else receive, send)


class BoundedTrafficMetrics(RunnerTrafficMetricsMiddleware):  # type: ignore[misc]
    """BentoML's request metrics, with unknown paths under one label: whoever asks for any path makes no new series."""

    def __init__(self, app: ASGIApp, endpoints: frozenset[str], **options: Any) -> None:
        async def unlabelled(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope.get("conso.scope", scope), receive, send)

        super().__init__(unlabelled, **options)
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Measure under the label of the path."""
        if scope["type"] == "http":
            scope = {**scope, "path": endpoint_label(scope["path"], self._endpoints), "conso.scope": scope}
        await super().__call__(scope, receive, send)


def endpoint_label(path: str, endpoints: frozenset[str]) -> str:
    """The label of a path in the metrics: itself, its folder, or ``other``."""
    if path in endpoints:
        return path
    return next((folder for folder in FOLDERS if path.startswith(f"{folder}/")), "other")


class AppFactory(ServiceAppFactory):  # type: ignore[misc]
    """Builds the ASGI application of a worker."""

    def __call__(self) -> Starlette:
        """BentoML's application without its index page, which loads a tracker from another host."""
        app: Starlette = super().__call__()
        app.router.routes[:] = [route for route in app.router.routes if getattr(route, "name", None) != "index"]
        for kind, handler in HANDLERS.items():
            app.add_exception_handler(kind, handler)
        app.add_exception_handler(Exception, handle)
        return app

    @property
    def middlewares(self) -> list[Middleware]:
        """BentoML's, its metrics bounded, and a limit on the body."""
        endpoints = frozenset(
            {"/", "/docs", "/docs.js", "/metrics", "/livez", "/readyz", *merged_schema(self.service)["paths"]}
        )
        bounded: Any = BoundedTrafficMetrics  # its base has no types
        found = [
            Middleware(bounded, endpoints=endpoints, **layer.kwargs)
            if layer.cls is RunnerTrafficMetricsMiddleware
            else layer
            for layer in super().middlewares
        ]
        return [*found, Middleware(BodyLimit)]

    async def api_endpoint(self, name: str, request: Request) -> Response:
        """Answer one of the service's own endpoints; whatever goes wrong becomes a problem document."""
        try:
            media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
            if media_type != "application/json":
                raise Problem(  # noqa: TRY301 - one way out for all of them
                    415, "media-type", f"expected Content-Type: application/json, not {media_type[:80]}."
                )
            response: Response = await super().api_endpoint(name, request)
        except ValidationError as error:
            return respond(from_pydantic(error.errors()), request)
        except Exception as error:  # noqa: BLE001 - the unforeseen is logged and answered with a bare 500
            return respond(from_exception(error), request)
        return response

    async def readyz(self, request: Request) -> Response:
        """200 when the champion is loaded and the database answers; else a problem document that says why not."""
        reasons = await self._service_instance.reasons_not_ready()
        if reasons:
            return respond(unavailable(" ".join(reasons)), request)
        return PlainTextResponse("ready\n")

    async def openapi_spec_view(self, _: Request) -> Response:
        """The schema of everything that this server answers."""
        return JSONResponse(merged_schema(self.service))


class ConsoService(Service[Any]):  # type: ignore[misc]
    """A BentoML service that builds its application with `AppFactory`."""

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """The application of a worker."""
        self.inject_config()
        return AppFactory(self, is_main=is_main)()
