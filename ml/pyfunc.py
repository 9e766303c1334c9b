"""The champion as an MLflow `pyfunc`, for `mlflow models serve` and the like: no pickle is involved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.predict import Champion

if TYPE_CHECKING:
    import pandas as pd

MLMODEL = """\
artifact_path: model
flavors:
  python_function:
    data: .
    loader_module: ml.pyfunc
    python_version: {python}
"""


def mlmodel(python_version: str) -> bytes:
    """The file ``MLmodel`` that tells MLflow how to load the folder."""
    return MLMODEL.format(python=python_version).encode()


class ChampionPyfunc:
    """Rows of the features of `ours` in, MW out."""

    def __init__(self, champion: Champion) -> None:
        self._champion = champion

    def predict(self, rows: pd.DataFrame, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG002 - MLflow's
        """Load in MW, one value per row."""
        return self._champion.predict(rows)


def _load_pyfunc(data_path: str) -> ChampionPyfunc:
    """Called by MLflow with the model's folder, whose checksums MLflow's registry holds (see `ml.predict`)."""
    files = {path.name: path.read_bytes() for path in Path(data_path).iterdir() if path.is_file()}
    return ChampionPyfunc(Champion.from_files("pyfunc", files))
