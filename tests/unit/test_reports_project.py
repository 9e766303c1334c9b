"""What holds for the project's own pages, sources and colours."""

from __future__ import annotations

import re

import pytest

from reports.errors import PageError
from reports.extract import FIRST_MART
from reports.project import PROJECT_DIR, Project, load_page, load_project
from reports.site import build_empty_site
from reports.theme import Theme, contrast, load_theme

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project()


@pytest.fixture(scope="module")
def theme(project: Project) -> Theme:
    return load_theme(project.config)


def test_every_page_begins_with_the_banner_and_has_a_title(project: Project) -> None:
    assert [page.name for page in project.pages] == ["index", "previsions", "historique", "donnees"]
    for page in project.pages:
        assert "entrepot" in page.queries
        assert page.queries["entrepot"].where.file == "partials/bandeau.md"
        assert page.title
        assert page.description


def test_sources_read_marts_and_the_journal_only(project: Project) -> None:
    for source in project.sources:
        schemas = set(re.findall(r"\b(?:from|join)\s+([a-z_]+)\.", source.sql))
        assert schemas <= {"marts", "ops"}, source.file
        assert "order by" in source.sql or source.name == "entrepot", f"{source.file}: rows in no order"
    assert FIRST_MART.startswith("marts.")


def test_pages_ask_no_other_host() -> None:
    for path in [*PROJECT_DIR.glob("assets/*"), *PROJECT_DIR.glob("p*/*.md")]:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(", text), path.name


def test_text_and_marks_have_contrast_in_both_modes(theme: Theme) -> None:
    texts = ("base-content", "base-heading", "base-content-muted", "primary", "positive", "warning", "negative")
    drawn = ("prevision", "combinee", "rte", "naif", "observe", "prix", "temperature", *theme.palettes["default"])
    for mode in (theme.light, theme.dark):
        for ground in ("base", "base-200"):
            for name in texts:
                assert contrast(mode[name], mode[ground]) >= 4.5, name
            for name in drawn:
                assert contrast(mode[name], mode[ground]) >= 3.0, name
        for scale in theme.scales:
            for step in range(9):
                assert contrast(mode[f"scale-{scale}-{step}"], mode[f"scale-{scale}-ink-{step}"]) >= 4.5


def test_an_empty_warehouse_says_so(project: Project) -> None:
    files = build_empty_site(project)
    html = files["index.html"].decode()
    assert "Pas encore de données" in html
    assert "conso up --source demo" in html
    assert "<nav" not in html
    assert set(files) == {"index.html", *re.findall(r"assets/site-\w+\.(?:css|js)", html)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("---\ntitel: x\n---\n", "line 1: unknown front matter titel"),
        ("---\na: [\n---\n", "front matter is not YAML"),
        ("```sql q\nselect 1\n```\n```sql q\nselect 2\n```\n", "line 5: query q is defined twice"),
        ('{@partial "no.md"}', r"line 1: partials/no.md does not exist"),
        ('{#if 1}{@partial "bandeau.md"}{/if}', "only stand at the top level"),
    ],
)
def test_faulty_pages(tmp_path, text: str, reason: str) -> None:
    (tmp_path / "pages").mkdir()
    path = tmp_path / "pages" / "p.md"
    path.write_text(text)
    with pytest.raises(PageError, match=reason):
        load_page(tmp_path, path)
