"""MLflow's registry on the warehouse's own PostgreSQL: written through MLflow, read by plain SQL.

MLflow's tables live in the schema ``mlflow``. Reading needs neither MLflow nor its seconds of import.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from conso import database
from conso.errors import ConsoError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import psycopg
    from mlflow.tracking import MlflowClient

    from conso.settings import Settings

MODEL = "conso-day-ahead"
DESCRIPTION = "Day-ahead forecast of the French load, hourly, real-time level."
ALIAS = "champion"
SCHEMA = "mlflow"
PATH_TAG = "conso.path"
"""Where the version's files are, from `Settings.mlflow_artifacts_dir` on: the directory may move."""
DIGEST_TAG = "conso.sha256."
FINGERPRINT_TAG = "conso.fingerprint"
BACKTEST_TAG = "conso.backtest_id"
ARTIFACT_FOLDER = "model"


@dataclass(frozen=True)
class Entry:
    """A registered version: its tags, and when it was registered (ms since 1970)."""

    version: str
    run_id: str
    created_ms: int
    tags: dict[str, str]

    @property
    def path(self) -> str:
        """Folder of its files below `Settings.mlflow_artifacts_dir`.

        Raises:
            ConsoError: somebody else registered it, without saying where and with which checksums.
        """
        if PATH_TAG not in self.tags:
            raise ConsoError(
                f"Version {self.version} of {MODEL} was not registered by `conso train`: its files cannot be checked.",
                "Train a version with `conso train` and let the alias `champion` point at it.",
            )
        return self.tags[PATH_TAG]

    @property
    def backtest_id(self) -> str | None:
        """Its backtest in ``raw.backtest_run``, None where somebody else registered it."""
        return self.tags.get(BACKTEST_TAG)

    def digests(self) -> dict[str, str]:
        """SHA-256 of each of its files."""
        return {
            name.removeprefix(DIGEST_TAG): value for name, value in self.tags.items() if name.startswith(DIGEST_TAG)
        }


# -- reading, without MLflow ----------------------------------------------------------------------------------------


def _there(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute("select to_regclass('mlflow.registered_model_aliases') is not null").fetchone()
    return bool(found and found[0])


def champion(settings: Settings) -> Entry | None:
    """The version that the alias ``champion`` points at, None where there is none yet."""
    with database.connect(settings, read_only=True) as connection:
        if not _there(connection):
            return None
        found = connection.execute(
            "select version from mlflow.registered_model_aliases where name = %s and alias = %s", [MODEL, ALIAS]
        ).fetchone()
        return None if found is None else _entry(connection, found[0])


def with_fingerprint(settings: Settings, fingerprint: str) -> Entry | None:
    """The newest version trained on that data with that code, None where there is none."""
    with database.connect(settings, read_only=True) as connection:
        if not _there(connection):
            return None
        found = connection.execute(
            """select max(version) from mlflow.model_version_tags where name = %s and key = %s and value = %s""",
            [MODEL, FINGERPRINT_TAG, fingerprint],
        ).fetchone()
        return None if found is None or found[0] is None else _entry(connection, found[0])


def _entry(connection: psycopg.Connection[Any], version: int) -> Entry | None:
    row = connection.execute(
        "select run_id, creation_time from mlflow.model_versions where name = %s and version = %s", [MODEL, version]
    ).fetchone()
    if row is None:
        return None
    tags = connection.execute(
        "select key, value from mlflow.model_version_tags where name = %s and version = %s", [MODEL, version]
    ).fetchall()
    return Entry(str(version), row[0], row[1], dict(tags))


# -- writing, through MLflow ----------------------------------------------------------------------------------------


def tracking_uri(settings: Settings) -> str:
    """SQLAlchemy's address of the warehouse with ``mlflow`` as the only schema in its path. Holds a password."""
    parts = urlsplit(database.url(settings))
    query = dict(parse_qsl(parts.query))
    query["options"] = f"{query.get('options', '')} -csearch_path={SCHEMA}".strip()
    return urlunsplit(("postgresql+psycopg", parts.netloc, parts.path, urlencode(query, quote_via=quote), ""))


def _keep_mlflow_quiet() -> None:
    """No telemetry, no migration log on the user's screen; has to be set before MLflow is imported."""
    for name, value in (
        ("MLFLOW_DISABLE_TELEMETRY", "true"),
        ("DO_NOT_TRACK", "true"),
        ("MLFLOW_LOGGING_LEVEL", "WARNING"),
    ):
        os.environ.setdefault(name, value)


@dataclass(frozen=True)
class Record:
    """What a training run leaves behind."""

    fingerprint: str
    backtest_id: str
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    files: Mapping[str, bytes]
    notes: Mapping[str, str]
    """Further text files of the run: scores, importances."""


def register(settings: Settings, record: Record, work_dir: Path) -> Entry:
    """Log a run with its files and register them as a new version of `MODEL`; no alias is moved."""
    with database.connect(settings) as connection:
        connection.execute(f"create schema if not exists {SCHEMA}")
    client = _client(settings)
    run_id = _log_run(settings, client, record, work_dir)
    tags = {
        **record.tags,
        FINGERPRINT_TAG: record.fingerprint,
        BACKTEST_TAG: record.backtest_id,
        PATH_TAG: f"{run_id}/artifacts/{ARTIFACT_FOLDER}",
        **{DIGEST_TAG + name: hashlib.sha256(content).hexdigest() for name, content in record.files.items()},
    }
    source = f"{settings.mlflow_artifacts_dir.as_uri()}/{tags[PATH_TAG]}"
    version = client.create_model_version(MODEL, source=source, run_id=run_id, tags=tags)
    return Entry(str(version.version), run_id, int(version.creation_timestamp), tags)


def move_alias(settings: Settings, version: str) -> None:
    """Make ``version`` the champion."""
    _client(settings).set_registered_model_alias(MODEL, ALIAS, version)


def _client(settings: Settings) -> MlflowClient:
    _keep_mlflow_quiet()
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - seconds of import
    from mlflow.tracking import MlflowClient  # noqa: PLC0415

    uri = tracking_uri(settings)
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    try:
        client.create_registered_model(MODEL, description=DESCRIPTION)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":  # by an earlier run
            raise
    return client


def _experiment(settings: Settings, client: MlflowClient) -> str:
    found = client.get_experiment_by_name(MODEL)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(MODEL, artifact_location=settings.mlflow_artifacts_dir.as_uri()))


def _log_run(settings: Settings, client: MlflowClient, record: Record, work_dir: Path) -> str:
    from mlflow.entities import Metric, Param, RunTag  # noqa: PLC0415

    run = client.create_run(_experiment(settings, client), run_name=f"train-{record.fingerprint[:12]}")
    run_id = str(run.info.run_id)
    now = int(run.info.start_time)
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in record.metrics.items()],
        params=[Param(name, str(value)) for name, value in record.params.items()],
        tags=[RunTag(name, value) for name, value in {**record.tags, FINGERPRINT_TAG: record.fingerprint}.items()],
    )
    model_dir = work_dir / ARTIFACT_FOLDER
    model_dir.mkdir(parents=True)
    for name, content in record.files.items():
        (model_dir / name).write_bytes(content)
    for name, text in record.notes.items():
        (work_dir / name).write_text(text)
    client.log_artifacts(run_id, str(work_dir))
    client.set_terminated(run_id)
    return run_id
