"""The data dictionary, written from the dbt project itself: ``python -m conso.dictionary``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conso.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

DICTIONARY = PROJECT_ROOT / "docs" / "data-dictionary.md"
LAYERS = {"marts": "Marts", "intermediate": "Intermediate", "staging": "Staging"}
NOWHERE = "postgresql://nobody@localhost:1/none"
"""Reading the project asks no database; the profile wants an address all the same."""


def manifest() -> Any:
    """The dbt project as dbt reads it (a ``Manifest``), without a database.

    Raises:
        ConsoError: the project has an error.
    """
    from conso import dbt_build  # noqa: PLC0415 - heavy

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), database_url=NOWHERE)  # type: ignore[arg-type]  # pydantic makes it a secret
        with dbt_build._environment(settings):  # noqa: SLF001 - one program
            return dbt_build._parse(settings)  # noqa: SLF001


def models(project: Any, layer: str) -> list[Any]:
    """Models of one layer (``staging``, ``intermediate`` or ``marts``) in order of their names."""
    found = (node for node in project.nodes.values() if node.resource_type == "model" and node.fqn[1] == layer)
    return sorted(found, key=lambda node: str(node.name))


def primary_key(project: Any, node: Any) -> list[str]:
    """Columns of the model's primary-key test; empty where it has none."""
    for test in project.nodes.values():
        if getattr(test, "attached_node", None) == node.unique_id:
            metadata = test.test_metadata
            if metadata is not None and metadata.name == "primary_key":
                return list(metadata.kwargs["columns"])
    return []


def render(project: Any) -> str:
    """The dictionary as Markdown: every column of every model, marts first, then sources and exposures."""
    lines = [
        "# Data dictionary",
        "",
        "Generated from the dbt project by `python -m conso.dictionary`; a test says when it is out of date.",
        "Diagrams: [entities.md](entities.md). What rooms agree on: [data-model.md](data-model.md).",
    ]
    for layer, title in LAYERS.items():
        lines += ["", f"## {title}"]
        for node in models(project, layer):
            lines += _model(project, node)
    lines += ["", "## Sources", "", "| table | what |", "|---|---|"]
    sources = sorted(project.sources.values(), key=lambda source: (source.schema, source.name))
    lines += [f"| {source.schema}.{source.name} | {_line(source.description)} |" for source in sources]
    lines += ["", "## Exposures", "", "| exposure | what | method | reads |", "|---|---|---|---|"]
    lines += [_exposure(exposure) for exposure in sorted(project.exposures.values(), key=lambda each: str(each.name))]
    return "\n".join(lines) + "\n"


def _model(project: Any, node: Any) -> list[str]:
    key = primary_key(project, node)
    rows = [
        f"| {name}{' (pk)' if name in key else ''} | {column.data_type or ''} | {_line(column.description)} |"
        for name, column in node.columns.items()
    ]
    about = f"{node.config.materialized}, group {node.group}, {_value(node.access)}"
    return ["", f"### {node.schema}.{node.name}", "", f"{_line(node.description)} ({about}.)", "",
            "| column | type | meaning |", "|---|---|---|", *rows]  # fmt: skip


def _exposure(exposure: Any) -> str:
    reads = ", ".join(sorted(name.rpartition(".")[2] for name in exposure.depends_on.nodes))
    return f"| {exposure.label} | {_line(exposure.description)} | {_line(exposure.meta['methodology'])} | {reads} |"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _value(member: Any) -> str:
    return str(getattr(member, "value", member))


def relationships(project: Any) -> set[tuple[str, str, str]]:
    """(child, column, parent) of every relationships test between models."""
    found = set()
    for test in project.nodes.values():
        metadata = getattr(test, "test_metadata", None)
        if metadata is not None and metadata.name == "relationships":
            parents: Iterable[str] = (name for name in test.depends_on.nodes if name != test.attached_node)
            for parent in parents:
                found.add((test.attached_node.rpartition(".")[2], test.column_name, parent.rpartition(".")[2]))
    return found


def main() -> None:
    """Write ``docs/data-dictionary.md``."""
    DICTIONARY.write_text(render(manifest()), encoding="utf-8")


if __name__ == "__main__":
    main()
