"""A picture of a built page, for a README or for looking: ``python -m reports.screenshot OUT.png [--page previsions]``.

Needs the development group (playwright) and a Chromium on PATH, or named by the environment variable CHROMIUM.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from conso.errors import ConsoError, UsageError
from conso.settings import load_settings

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars")


def take(html: Path, out: Path, *, width: int, height: int | None, dark: bool) -> None:
    """Photograph a page at ``width`` pixels, from its top down to ``height`` (None: to its end).

    Raises:
        UsageError: the page was never built, or there is no Chromium.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development dependency

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise UsageError("There is no Chromium on PATH.", "Install it, or name one in CHROMIUM.")
    if not html.is_file():
        raise UsageError(f"{html} does not exist.", "Build the site with `conso report`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        scheme = "dark" if dark else "light"
        page = browser.new_page(viewport={"width": width, "height": height or 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(html.resolve().as_uri())
        page.screenshot(path=str(out), full_page=height is None)
        browser.close()


def main() -> int:
    """Read the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--page", default="index")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, help="cut below this many pixels")
    parser.add_argument("--dark", action="store_true")
    given = parser.parse_args()
    try:
        html = load_settings().site_dir / f"{given.page}.html"
        take(html, given.out, width=given.width, height=given.height, dark=given.dark)
    except ConsoError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
