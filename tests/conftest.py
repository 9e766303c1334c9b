"""Fixtures that all layers share: a PostgreSQL of the test's own, embedded or (in CI) any other server."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import pytest

from conso import database
from conso.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER_VARIABLE = "CONSO_TEST_DATABASE_URL"
"""DSN of a server, whose user may create databases, to run the integration tests on instead of the embedded one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers: what shares the demo warehouse runs in one, each other file with a database in one."""
    for item in items:
        if "demo" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("demo"))
        elif item.get_closest_marker("unit") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's leaks into a test."""
    for name in list(os.environ):
        if name.startswith("CONSO_") and name != SERVER_VARIABLE:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def _embedded_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    if os.environ.get(SERVER_VARIABLE):
        yield None
        return
    home = tmp_path_factory.mktemp("server")
    yield home
    database.embedded(Settings(home=home)).stop()


def _make_settings(home: Path, server_home: Path | None) -> Iterator[Settings]:
    import psycopg

    if server_home is None:
        server = os.environ[SERVER_VARIABLE]
    else:
        own = Settings(home=server_home)
        database.start(own)
        server = database.url(own)
    base, _, _ = server.rpartition("/")
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
    settings = Settings(home=home, database_url=f"{base}/{name}")
    database.start(settings)
    yield settings
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def settings(tmp_path: Path, _embedded_home: Path | None) -> Iterator[Settings]:
    """Settings of an empty warehouse in a database of its own, dropped after the test."""
    yield from _make_settings(tmp_path / "home", _embedded_home)


@pytest.fixture(scope="module")
def module_settings(tmp_path_factory: pytest.TempPathFactory, _embedded_home: Path | None) -> Iterator[Settings]:
    """The same, shared by the tests of one module."""
    yield from _make_settings(tmp_path_factory.mktemp("home"), _embedded_home)
