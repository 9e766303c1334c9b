"""The address that MLflow gets, and what a version must be registered with."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from conso.errors import ConsoError
from conso.settings import Settings
from ml import registry

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("dsn", "query"),
    [
        ("postgresql://u:p%40ss@db.example:5432/conso", {"options": ["-csearch_path=mlflow"]}),
        (
            "postgresql://u@db.example/conso?sslmode=require&options=-cstatement_timeout%3D5000",
            {"options": ["-cstatement_timeout=5000 -csearch_path=mlflow"], "sslmode": ["require"]},
        ),
    ],
)
def test_mlflow_works_in_its_own_schema_of_the_same_database(dsn, query):
    uri = registry.tracking_uri(Settings(home=Path("/tmp/nowhere"), database_url=dsn))
    given, made = urlsplit(dsn), urlsplit(uri)
    assert made.scheme == "postgresql+psycopg"
    assert (made.netloc, made.path) == (given.netloc, given.path)
    assert parse_qs(made.query) == query
    assert "+" not in made.query  # libpq does not read a plus as a space


def test_digests_are_those_of_the_files():
    entry = registry.Entry("1", "run", 0, {"conso.sha256.ours.onnx": "aa", "conso.path": "run/artifacts/model"})
    assert entry.digests() == {"ours.onnx": "aa"}
    assert entry.path == "run/artifacts/model"
    assert entry.backtest_id is None


def test_a_foreign_version_has_no_path():
    with pytest.raises(ConsoError, match="was not registered by `conso train`"):
        _ = registry.Entry("4", "run", 0, {}).path
