"""Settings, read from ``CONSO_*`` environment variables and nothing else."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from conso.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

PROJECT_ROOT = Path(__file__).resolve().parents[1]
"""The checkout: holds ``warehouse/``, ``reports/`` and the rest."""


class Settings(BaseSettings):
    """Where state lives and which servers are used.

    Paths that are not absolute count from the project's root, so that ``conso`` and ``dbt`` agree on them wherever
    they are called from. Instants are timezone-aware; a naive ``CONSO_NOW`` is refused.
    """

    model_config = SettingsConfigDict(env_prefix="CONSO_", extra="ignore", frozen=True)

    home: Path = Field(default=Path(".conso"), description="The one directory that holds all state.")
    database_url: SecretStr | None = Field(
        default=None, description="Any PostgreSQL (postgresql://...); unset, an embedded server in CONSO_HOME is used."
    )
    now: str | None = Field(
        default=None, description="Freeze the clock at this ISO 8601 instant with offset, e.g. 2024-12-30T11:00Z."
    )
    serve_host: str = Field(default="127.0.0.1", description="Address that `conso serve` listens on.")
    serve_port: int = Field(default=3000, ge=1, le=65535, description="Port that `conso serve` listens on.")

    @cached_property
    def home_dir(self) -> Path:
        """``CONSO_HOME`` as an absolute path; it may not exist yet."""
        return (PROJECT_ROOT / self.home.expanduser()).resolve()

    @property
    def uses_embedded_database(self) -> bool:
        """True where no ``CONSO_DATABASE_URL`` is set."""
        return self.database_url is None

    @property
    def site_dir(self) -> Path:
        """Where `conso report` puts the static site."""
        return self.home_dir / "site"

    @property
    def mlflow_artifacts_dir(self) -> Path:
        """Root of MLflow's artefacts; runs of synthetic and of real data lie in databases of their own."""
        return self.home_dir / "mlflow"

    @property
    def cache_dir(self) -> Path:
        """What can be thrown away at any time: HTTP caches, compiled manifests, parquet extracts."""
        return self.home_dir / "cache"

    @property
    def log_dir(self) -> Path:
        """Logs of every tool that writes one."""
        return self.home_dir / "logs"

    def frozen_now(self) -> datetime | None:
        """The instant of ``CONSO_NOW``, or None where the clock runs.

        Raises:
            UsageError: it is not an ISO 8601 instant with an offset.
        """
        from datetime import datetime  # noqa: PLC0415 - keeps `conso --help` light

        if self.now is None:
            return None
        try:
            instant = datetime.fromisoformat(self.now)
        except ValueError as error:
            raise UsageError(
                f"CONSO_NOW={self.now!r} is not an ISO 8601 instant.", "Give it as 2024-12-30T11:00:00+00:00."
            ) from error
        if instant.tzinfo is None:
            raise UsageError(f"CONSO_NOW={self.now!r} has no UTC offset.", "Add one, as in 2024-12-30T11:00:00+00:00.")
        return instant


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        UsageError: a variable has a value that is not of its kind.
    """
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "CONSO_" + "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(f"{name}={first['input']!r}: {first['msg']}.", f"Correct or unset {name}.") from error
