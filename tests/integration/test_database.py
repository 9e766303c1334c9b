"""The warehouse's own tables on a real PostgreSQL."""

from __future__ import annotations

import psycopg
import pytest

from conso import database
from conso.errors import DatabaseUnavailableError
from conso.settings import Settings

pytestmark = pytest.mark.integration


def test_start_twice_changes_nothing(settings):
    assert database.start(settings) is False
    assert database.world(settings) is None


def test_forecast_once_issued_cannot_be_changed(settings):
    insert = """insert into raw.forecast values
        ('2024-12-31T00:00Z', '2024-12-30T11:00Z', 'm', '1', 50000, 51000, 52000, null, false, now())"""
    with database.connect(settings) as connection:
        connection.execute(insert)
    for change in ("update raw.forecast set p50_mw = 50500", "delete from raw.forecast"):
        with (
            pytest.raises(psycopg.errors.RaiseException, match="frozen"),
            database.connect(settings) as connection,
        ):
            connection.execute(change)


def test_nobody_at_the_address_is_said_clearly_and_without_the_password(tmp_path):
    nowhere = Settings(home=tmp_path, database_url="postgresql://me:hunter2@127.0.0.1:9/none")
    with pytest.raises(DatabaseUnavailableError) as caught:
        database.start(nowhere)
    assert "127.0.0.1:9" in caught.value.cause
    assert "hunter2" not in str(caught.value)
    assert "CONSO_DATABASE_URL" in caught.value.cause
