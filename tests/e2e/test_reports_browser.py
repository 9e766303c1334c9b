"""The built site in a real Chromium, opened from disk: desktop, phone, light, dark, with and without JavaScript."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conso.steps import StepContext
from reports import step as report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from conso.settings import Settings

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium, or set CHROMIUM to one"),
]

PAGES = ("index", "previsions", "historique", "donnees")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}

AUDIT = """() => {
  const faults = [];
  const visible = (e) => e.getClientRects().length > 0;
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  let level = 1;
  for (const h of document.querySelectorAll('main h1, main h2, main h3, main h4')) {
    const own = Number(h.tagName[1]);
    if (own > level + 1 && !h.closest('.card')) faults.push('heading skips a level: ' + h.textContent);
    level = own;
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  if (new Set(ids).size !== ids.length) faults.push('an id twice');
  for (const e of document.querySelectorAll('[role=img], [role=region]'))
    if (!e.getAttribute('aria-label')?.trim()) faults.push('no label: ' + e.outerHTML.slice(0, 80));
  for (const e of document.querySelectorAll('a, button, summary'))
    if (visible(e) && !(e.textContent.trim() || e.getAttribute('aria-label'))) faults.push('no name: ' + e.outerHTML);
  for (const e of document.querySelectorAll('figure.chart'))
    if (!e.querySelector('details table')) faults.push('a chart without a table');
  for (const e of document.querySelectorAll('.plot'))
    if ([...e.querySelectorAll('svg')].filter(visible).length !== 1) faults.push('not one picture shows');
  for (const e of document.querySelectorAll('.plot svg')) {
    if (visible(e) && !e.querySelector('path[d], line, text')) faults.push('an empty picture');
  }
  if (document.documentElement.lang !== 'fr') faults.push('language');
  return faults;
}"""


def _samples() -> Any:
    path = Path(__file__).parents[1] / "integration" / "test_reports_marts.py"
    spec = importlib.util.spec_from_file_location("reports_sample_marts", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(module_settings: Settings) -> Path:
    _samples().fill(module_settings, days=760)
    report.run(StepContext(module_settings))
    return module_settings.site_dir


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """Opens pages and notes what a visitor should never cause: errors, and requests beyond the site's folder."""

    def __init__(self, context: BrowserContext, site: Path) -> None:
        self.context, self.site = context, site
        self.errors: list[str] = []
        self.requests: list[str] = []
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on(
            "console",
            lambda message: self.errors.append(message.text) if message.type in {"error", "warning"} else None,
        )

    def open(self, name: str) -> Page:
        page = self.context.new_page()
        page.goto((self.site / f"{name}.html").as_uri())
        page.wait_for_load_state()
        return page

    def check(self) -> None:
        assert self.errors == []
        root = self.site.as_uri()
        assert [url for url in self.requests if not url.startswith((root, "data:"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", list(SCREENS))
def test_every_page_on_every_screen(browser: Browser, site: Path, screen: str, scheme: Any) -> None:
    context = browser.new_context(viewport=SCREENS[screen], color_scheme=scheme)  # type: ignore[arg-type]
    visit = Visit(context, site)
    for name in PAGES:
        page = visit.open(name)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= SCREENS[screen]["width"], f"{name} scrolls sideways"
        assert page.evaluate(AUDIT) == [], name
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(252, 252, 250)" if scheme == "light" else "rgb(14, 19, 25)")
        page.close()
    visit.check()
    context.close()


def test_pictures_have_marks_in_the_colours_of_the_mode(browser: Browser, site: Path) -> None:
    strokes = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport=SCREENS["desktop"], color_scheme=scheme)  # type: ignore[arg-type]
        page = Visit(context, site).open("index")
        strokes[scheme] = page.evaluate(
            """() => [...document.querySelectorAll('.plot svg.wide .mark-line path')]
                .filter((p) => p.getBBox().width > 300).map((p) => getComputedStyle(p).stroke)"""
        )
        days = page.locator(".plot svg.wide path[fill^='var(--scale-default']").count()
        assert 365 <= days <= 371
        context.close()
    assert len(strokes["light"]) == len(strokes["dark"]) == 4, "ours, combined, RTE, last week"
    assert not set(strokes["light"]) & set(strokes["dark"])


def test_pages_say_the_same_without_javascript(browser: Browser, site: Path) -> None:
    texts: dict[bool, list[str]] = {}
    for scripted in (True, False):
        context = browser.new_context(viewport=SCREENS["desktop"], java_script_enabled=scripted)
        visit = Visit(context, site)
        texts[scripted] = []
        for name in PAGES:
            page = visit.open(name)
            texts[scripted].append(page.locator("main").inner_text())
            assert page.locator("button.mode").is_visible() is scripted
            page.close()
        visit.check()
        context.close()
    assert texts[True] == texts[False]
    assert "Demain, mercredi 15 avril 2026" in texts[False][0]


def test_the_mode_can_be_changed_and_is_remembered(browser: Browser, site: Path) -> None:
    context = browser.new_context(viewport=SCREENS["desktop"], color_scheme="light")
    visit = Visit(context, site)
    page = visit.open("index")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.locator("button.mode").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 19, 25)"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    again = visit.open("previsions")
    assert again.evaluate("document.documentElement.dataset.theme") == "dark"
    visit.check()
    context.close()


def test_tables_sort_by_number_and_links_lead_on(browser: Browser, site: Path) -> None:
    context = browser.new_context(viewport=SCREENS["desktop"])
    visit = Visit(context, site)
    page = visit.open("index")
    table = page.locator("figure.table").filter(has_text="Erreur des prévisions du lendemain")
    head = table.locator("th", has_text="Erreur absolue moyenne")

    def errors() -> list[int]:
        cells = table.locator("tbody td:nth-child(2)").all_inner_texts()
        return [int("".join(filter(str.isdigit, cell))) for cell in cells]

    head.locator("button").click()
    assert errors() == sorted(errors())
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert errors() == sorted(errors(), reverse=True)
    page.get_by_role("link", name="Prévisions").first.click()
    page.wait_for_url("**/previsions.html")
    assert page.locator("h1").inner_text() == "Prévisions"
    visit.check()
    context.close()


def test_paper_is_light_and_unfolded(browser: Browser, site: Path) -> None:
    context = browser.new_context(viewport=SCREENS["desktop"], color_scheme="dark")
    page = Visit(context, site).open("index")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--base')") == "#fcfcfa"
    assert not page.locator("header.top").is_visible()
    assert page.locator(".plot svg.wide").first.is_visible()
    context.close()
