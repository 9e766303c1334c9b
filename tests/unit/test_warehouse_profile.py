"""What the dbt profile makes of the environment."""

from __future__ import annotations

import os

import pytest
import yaml

from conso.settings import PROJECT_ROOT

pytestmark = pytest.mark.unit

WAREHOUSE = PROJECT_ROOT / "warehouse"


@pytest.fixture
def render(monkeypatch):
    """Render warehouse/profiles.yml with dbt's own renderer in a given environment."""
    from argparse import Namespace

    from dbt.config.renderer import ProfileRenderer
    from dbt.flags import set_from_args
    from dbt_common.context import set_invocation_context

    def rendered(**environment: str):
        for name in ("CONSO_HOME", "CONSO_DATABASE_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        set_invocation_context(os.environ)
        set_from_args(Namespace(PROFILES_DIR=str(WAREHOUSE)), {})
        text = (WAREHOUSE / "profiles.yml").read_text()
        return ProfileRenderer({}).render_data(yaml.safe_load(text))["conso"]["outputs"]["default"]

    return rendered


@pytest.mark.parametrize(
    ("home", "host"),
    [
        (None, f"{WAREHOUSE}/../.conso/run"),
        ("elsewhere/state", f"{WAREHOUSE}/../elsewhere/state/run"),
        ("/srv/conso", "/srv/conso/run"),
        ("~/conso", f"{os.environ.get('HOME', '~')}/conso/run"),
    ],
)
def test_without_an_address_it_is_the_socket_in_the_home(render, home, host):
    profile = render(**({} if home is None else {"CONSO_HOME": home}))
    assert profile["host"] == host
    assert (profile["port"], profile["user"], profile["dbname"]) == (5432, "conso", "conso")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:secret@db.example:6543/energy", ("db.example", 6543, "me", "secret", "energy", "")),
        ("postgres://me:secret@10.0.0.7/energy", ("10.0.0.7", 5432, "me", "secret", "energy", "")),
        (
            "postgresql://m%40e:s%3Ac%2Fr%C3%A9%25t@localhost:5432/my%20db",
            ("localhost", 5432, "m@e", "s:c/ré%t", "my db", ""),
        ),
        ("postgresql://me:12345@localhost:5432/1", ("localhost", 5432, "me", "12345", "1", "")),
        ("postgresql://me:a\\b@[::1]:5433/energy?sslmode=require", ("::1", 5433, "me", "a\\b", "energy", "require")),
        (
            "postgresql://me:secret@/energy?host=/var/run/postgresql",
            ("/var/run/postgresql", 5432, "me", "secret", "energy", ""),
        ),
        (
            "postgresql:///energy?host=%2Ftmp%2Fsockets&port=5499&user=me&password=p%26w",
            ("/tmp/sockets", 5499, "me", "p&w", "energy", ""),
        ),
    ],
)
def test_an_address_is_taken_apart(render, url, expected):
    profile = render(CONSO_DATABASE_URL=url, CONSO_HOME="/ignored")
    assert tuple(profile[key] for key in ("host", "port", "user", "password", "dbname", "sslmode")) == expected


def test_what_is_no_address_is_refused_without_being_shown(render):
    with pytest.raises(Exception, match="CONSO_DATABASE_URL is not a PostgreSQL address") as caught:
        render(CONSO_DATABASE_URL="mysql://me:secret@db/energy")
    assert "secret" not in str(caught.value)
