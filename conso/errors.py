"""Errors that a user can act on."""

from __future__ import annotations


class ConsoError(Exception):
    """Something the user can mend: says what happened and what to do next.

    ``cause`` names the file, URL, table or row and what was expected there; ``remedy`` is the next thing to do, in
    the imperative. The command line prints both without a traceback (``--debug`` shows it) and exits with
    ``exit_code``.
    """

    exit_code = 1

    def __init__(self, cause: str, remedy: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.cause} {self.remedy}".strip()


class UsageError(ConsoError):
    """What was asked for makes no sense as asked (exit code 2)."""

    exit_code = 2


class DatabaseUnavailableError(ConsoError):
    """No PostgreSQL answers at the address in use."""


class SourceError(ConsoError):
    """A publisher's file or answer could not be read as what it claims to be."""


class CheckFailedError(ConsoError):
    """A critical check on the data failed: nothing downstream was changed."""
