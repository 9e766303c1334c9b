"""The forest on what the linear stage leaves: fitted by scikit-learn, run by ONNX Runtime."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestRegressor

CLIP_MW = 6_000.0
"""Residuals count as no larger than this: a wrong measurement must not become a leaf of its own."""
THREADS = 2


@dataclass(frozen=True)
class ForestSpec:
    """Parameters of the RandomForest, tuned on 2022 and 2023 for error and for speed."""

    trees: int = 100
    min_samples_leaf: int = 15
    max_features: float = 0.2
    max_samples: float = 0.15
    seed: int = 20_240_101
    share: float = 0.6
    """How much of the forest's correction is taken: a part of it errs less than all of it, see docs/model.md."""

    def as_parameters(self) -> dict[str, float]:
        """Names and values for fingerprints and MLflow."""
        return {f"forest_{name}": value for name, value in asdict(self).items()}


def fit(rows: npt.NDArray[np.float64], residual_mw: npt.NDArray[np.float64], spec: ForestSpec) -> RandomForestRegressor:
    """Fit a forest to residuals (MW); the same rows give the same forest."""
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415 - a second of import

    forest = RandomForestRegressor(
        n_estimators=spec.trees,
        min_samples_leaf=spec.min_samples_leaf,
        max_features=spec.max_features,
        max_samples=spec.max_samples,
        random_state=spec.seed,
        n_jobs=THREADS,
    )
    return forest.fit(rows.astype(np.float32), np.clip(residual_mw, -CLIP_MW, CLIP_MW))


def to_onnx(forest: RandomForestRegressor, columns: int) -> bytes:
    """The forest as an ONNX model of one input, ``rows`` (float32, n x ``columns``), and one output (n x 1)."""
    from skl2onnx import to_onnx as convert  # noqa: PLC0415
    from skl2onnx.common.data_types import FloatTensorType  # noqa: PLC0415

    model = convert(forest, initial_types=[("rows", FloatTensorType([None, columns]))], target_opset=17)
    return bytes(model.SerializeToString())


class OnnxForest:
    """A forest in ONNX Runtime, on one thread: the only way in which forecasts are computed."""

    def __init__(self, model: bytes) -> None:
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def predict(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Corrections in MW for ``rows`` (n x features)."""
        (values,) = self._session.run(None, {"rows": np.ascontiguousarray(rows, np.float32)})
        return np.asarray(values, np.float64).reshape(len(rows))
