"""The static site: every file of it, made in memory from the project and the extracts."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reports.engine import Engine
from reports.markdown import french
from reports.project import PROJECT_DIR, Page, Project, load_page
from reports.render import render_page
from reports.theme import Theme, load_theme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import jinja2

SITE_NAME = "conso"
ASSETS_DIR = PROJECT_DIR / "assets"
NO_DATA_PAGE = PROJECT_DIR / "states" / "sans-donnees.md"


def build_site(
    project: Project,
    extracts: Mapping[str, Mapping[str, Path]],
    progress: Callable[[str, float, float], None] = lambda *_: None,
) -> dict[str, bytes]:
    """Build all pages from parquet extracts (source -> query -> file); returns path in the site -> content.

    Raises:
        PageError: a page cannot be built; names file and line.
    """
    engine = Engine(extracts)
    theme = load_theme(project.config)
    files: dict[str, bytes] = {}
    for done, page in enumerate(project.pages):
        progress(page.title, done, len(project.pages))
        results = engine.run_page(page.queries)
        body = render_page(page, results, theme, files)
        files[page.output] = _lay_out(page, project.pages, body, theme)
    return files | _assets(theme)


def build_empty_site(project: Project) -> dict[str, bytes]:
    """The site of a warehouse that holds nothing yet: one page that says so."""
    theme = load_theme(project.config)
    page = load_page(NO_DATA_PAGE.parent.parent, NO_DATA_PAGE, NO_DATA_PAGE.parent.name)
    body = render_page(page, {}, theme, {})
    return {"index.html": _lay_out(page, (), body, theme), **_assets(theme)}


def _assets(theme: Theme) -> dict[str, bytes]:
    style, script = _style(theme), (ASSETS_DIR / "site.js").read_bytes()
    return {_named("site.css", style): style, _named("site.js", script): script}


@lru_cache(maxsize=4)
def _style_text(colors: str) -> bytes:
    return (colors + (ASSETS_DIR / "site.css").read_text(encoding="utf-8")).encode()


def _style(theme: Theme) -> bytes:
    return _style_text(theme.css())


def _named(name: str, content: bytes) -> str:
    # The name changes with the content: a browser that has kept the old file asks for the new one.
    stem, _, suffix = name.partition(".")
    return f"assets/{stem}-{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    import jinja2  # noqa: PLC0415

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS_DIR),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["french"] = french
    return environment.get_template("layout.html.j2")


def _lay_out(page: Page, pages: tuple[Page, ...], body: str, theme: Theme) -> bytes:
    script = (ASSETS_DIR / "site.js").read_bytes()
    values: dict[str, Any] = {
        "site_name": SITE_NAME,
        "page": page,
        "title": french(page.title),
        "description": french(page.description),
        "pages": [other for other in pages if other.in_menu],
        "body": body,
        "style": _named("site.css", _style(theme)),
        "script": _named("site.js", script),
        "favicon": (ASSETS_DIR / "favicon.svg").read_text(encoding="utf-8").strip(),
        "base_light": theme.light["base"],
        "base_dark": theme.dark["base"],
    }
    return _template().render(values).encode()
