"""The step `report`: the warehouse as a static site."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from conso.steps import StepResult
from reports.extract import extract, has_data
from reports.project import load_project
from reports.publish import building, fingerprint, publish, published_fingerprint, weight

if TYPE_CHECKING:
    from pathlib import Path

    from conso.steps import StepContext
    from reports.extract import Extract


def run(context: StepContext) -> StepResult:
    """Build the site into ``CONSO_HOME/site``, or leave the one that stands where nothing has changed.

    A warehouse without a single hour of data gives a site of one page that says so. Figures: ``pages``, ``files``,
    ``bytes``, ``gz_bytes`` (all pages), ``overview_gz_bytes`` (first visit of the overview), ``index`` (path),
    ``rows`` (extracted) and ``seconds``.

    Raises:
        PageError: a page cannot be built; the last good site stays.
        ConsoError: the marts or the place of the site cannot be reached.
    """
    started = time.perf_counter()
    settings, site_dir = context.settings, context.settings.site_dir
    context.progress("Reading the pages")
    project = load_project()
    with building(site_dir):
        filled = has_data(settings)
        context.progress("Extracting from the warehouse")
        extracts = extract(settings, project) if filled else []
        mark = fingerprint(extracts, empty=not filled)
        changed = published_fingerprint(site_dir) != mark
        if changed:
            from reports.site import build_empty_site, build_site  # noqa: PLC0415 - a skipped build needs no charts

            def progress(title: str, done: float, total: float) -> None:
                context.progress(f"Building {title}", done, total)

            files = build_site(project, _paths(extracts), progress) if filled else build_empty_site(project)
            context.progress("Publishing the site")
            publish(files, site_dir, mark)
    figures: dict[str, Any] = weight(site_dir)
    figures |= {
        "index": str(site_dir / "index.html"),
        "rows": sum(item.rows for item in extracts),
        "seconds": round(time.perf_counter() - started, 2),
    }
    return StepResult(_summary(figures, filled=filled, changed=changed), figures, changed)


def _paths(extracts: list[Extract]) -> dict[str, dict[str, Path]]:
    paths: dict[str, dict[str, Path]] = {}
    for item in extracts:
        paths.setdefault(item.source, {})[item.query] = item.path
    return paths


def _summary(figures: dict[str, Any], *, filled: bool, changed: bool) -> str:
    if not filled:
        return f"no data yet: one page says so at {figures['index']}"
    pages = f"{figures['pages']} pages, the overview {figures['overview_gz_bytes'] / 1000:.0f} kB gzipped"
    return f"{pages}, at {figures['index']}" if changed else f"unchanged: {pages}, at {figures['index']}"
