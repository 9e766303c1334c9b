"""The FastAPI application that is mounted beside BentoML's own routes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fastapi import FastAPI

from serving.pages import Site, make_pages
from serving.problem import HANDLERS
from serving.rest import make_router

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from serving.backend import Backend


def create_app(backend: Backend) -> FastAPI:
    """``/v1``, the documentation page and the site, answered from ``backend``, which runs as long as the app does."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with backend.running():
            yield

    app = FastAPI(
        title="conso", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan, exception_handlers=HANDLERS
    )
    app.include_router(make_router(backend))
    app.include_router(make_pages())
    app.mount("/site", Site(backend.settings.site_dir), name="site")
    return app
