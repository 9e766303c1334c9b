"""Errors of the pages: they name the file and the line."""

from __future__ import annotations

from dataclasses import dataclass

from conso.errors import ConsoError


@dataclass(frozen=True)
class Where:
    """A place in the Evidence project: file relative to ``reports/`` and line, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"reports/{self.file}, line {self.line}"


class PageError(ConsoError):
    """Something on a page cannot be built as written."""

    def __init__(self, where: Where, cause: str, remedy: str = "") -> None:
        super().__init__(f"{where}: {cause}", remedy)
        self.where = where
