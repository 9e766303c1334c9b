"""The Evidence project on disk: pages, partials, sources, configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conso.errors import ConsoError
from reports.errors import PageError, Where
from reports.syntax import Component, Each, If, Node, Partial, Sql, parse

PROJECT_DIR = Path(__file__).parent
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_KNOWN_FRONT_MATTER = {"title", "description", "sidebar_position", "sidebar_link", "hide_title"}


@dataclass(frozen=True)
class SourceQuery:
    """``sources/<source>/<name>.sql``: runs on PostgreSQL, known to pages as ``<source>.<name>``."""

    source: str
    name: str
    file: str
    sql: str


@dataclass(frozen=True)
class Page:
    """A page: ``name`` is its path without ``.md``; partials are inlined and queries collected."""

    name: str
    file: str
    title: str
    description: str
    position: float
    in_menu: bool
    nodes: tuple[Node, ...]
    queries: dict[str, Sql]

    @property
    def output(self) -> str:
        """The file that it becomes."""
        return f"{self.name}.html"


@dataclass(frozen=True)
class Project:
    """All that is needed to build, read once."""

    pages: tuple[Page, ...]
    sources: tuple[SourceQuery, ...]
    config: dict[str, Any]


def load_project(root: Path = PROJECT_DIR, pages_folder: str = "pages") -> Project:
    """Read and parse the project.

    Raises:
        PageError: a page cannot be parsed.
        ConsoError: the project is not one.
    """
    pages = [load_page(root, path, pages_folder) for path in sorted((root / pages_folder).glob("*.md"))]
    if not any(page.name == "index" for page in pages):
        raise ConsoError(f"{root / pages_folder} has no index.md.", "Restore the project's pages.")
    return Project(
        pages=tuple(sorted(pages, key=lambda page: (page.position, page.name))),
        sources=tuple(_load_sources(root)),
        config=_load_config(root),
    )


def load_page(root: Path, path: Path, pages_folder: str = "pages") -> Page:
    """Read one page with its partials."""
    file = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    front, body, first_line = _split_front_matter(text, file)
    nodes = _inline_partials(parse(body, file, first_line), root, ())
    return Page(
        name=path.relative_to(root / pages_folder).with_suffix("").as_posix(),
        file=file,
        title=str(front.get("title", path.stem)),
        description=str(front.get("description", "")),
        position=float(front.get("sidebar_position", 1_000)),
        in_menu=bool(front.get("sidebar_link", True)),
        nodes=nodes,
        queries=_collect_queries(nodes),
    )


def _split_front_matter(text: str, file: str) -> tuple[dict[str, Any], str, int]:
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text, 1
    import yaml  # noqa: PLC0415

    try:
        front = yaml.safe_load(match[1]) or {}
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
        raise PageError(Where(file, line), "the front matter is not YAML.", "Correct it.") from error
    unknown = set(front) - _KNOWN_FRONT_MATTER
    if unknown:
        known = ", ".join(sorted(_KNOWN_FRONT_MATTER))
        raise PageError(Where(file, 1), f"unknown front matter {', '.join(sorted(unknown))}.", f"Known: {known}.")
    return front, text[match.end() :], match.group().count("\n") + 1


def _inline_partials(nodes: tuple[Node, ...], root: Path, chain: tuple[str, ...]) -> tuple[Node, ...]:
    inlined: list[Node] = []
    for node in nodes:
        if not isinstance(node, Partial):
            inlined.append(node)
            continue
        path = root / "partials" / node.file
        if node.file in chain or not path.is_file():
            reason = "includes itself" if node.file in chain else "does not exist"
            raise PageError(node.where, f"partials/{node.file} {reason}.", "Correct the name.")
        file = path.relative_to(root).as_posix()
        inlined += _inline_partials(parse(path.read_text(encoding="utf-8"), file), root, (*chain, node.file))
    return tuple(inlined)


def _collect_queries(nodes: tuple[Node, ...]) -> dict[str, Sql]:
    queries: dict[str, Sql] = {}
    for node in _walk(nodes):
        if isinstance(node, Sql):
            if node.name in queries:
                raise PageError(node.where, f"query {node.name} is defined twice.", "Rename one.")
            queries[node.name] = node
        elif isinstance(node, Partial):
            raise PageError(node.where, "a partial may only stand at the top level of a page.", "Move it there.")
    return queries


def _walk(nodes: tuple[Node, ...]) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        found.append(node)
        if isinstance(node, If):
            for _, body in node.branches:
                found += _walk(body)
        elif isinstance(node, Each):
            found += _walk(node.body)
        elif isinstance(node, Component):
            found += _walk(node.children)
    return found


def _load_sources(root: Path) -> list[SourceQuery]:
    queries = []
    for path in sorted((root / "sources").glob("*/*.sql")):
        file = path.relative_to(root).as_posix()
        sql = path.read_text(encoding="utf-8").strip().rstrip(";")
        queries.append(SourceQuery(path.parent.name, path.stem, file, sql))
    return queries


def _load_config(root: Path) -> dict[str, Any]:
    import yaml  # noqa: PLC0415

    path = root / "evidence.config.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(config, dict) or "theme" not in config:
        raise ConsoError(f"{path} has no theme.", "Restore the file.")
    return config
