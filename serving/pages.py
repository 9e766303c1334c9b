"""Pages beside the API: its documentation, and the static site of the reports. None asks another host for anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.types import Scope

STATIC = Path(__file__).with_name("static")
OWN_HOST_ONLY = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; "
        "form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Site(StaticFiles):
    """The site that `conso report` builds; it may come and go while the server runs."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory, html=True, check_dir=False)

    async def check_config(self) -> None:
        """Nothing to check: a site that is not there yet gets a page that says so."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or the page that says how to build the site."""
        if not (Path(str(self.directory)) / "index.html").is_file():
            return FileResponse(STATIC / "no-site.html", status_code=404, headers={"Cache-Control": "no-store"})
        response = await super().get_response(path, scope)
        if response.status_code == 404:  # noqa: PLR2004 - the site has a page for it, or Starlette a bare one
            raise HTTPException(404, "There is no such page in the site.")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response


def make_pages() -> APIRouter:
    """Routes of the documentation page, and from ``/`` to the site."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def index() -> Response:
        return RedirectResponse("site/", status_code=307)

    @router.get("/docs")
    def docs() -> Response:
        return FileResponse(STATIC / "docs.html", headers=OWN_HOST_ONLY)

    @router.get("/docs.js")
    def script() -> Response:
        return FileResponse(STATIC / "docs.js", media_type="text/javascript", headers=OWN_HOST_ONLY)

    return router
