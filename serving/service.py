"""The BentoML service: ``bentoml serve serving.service:service``, or rather `conso serve`, which checks first."""

# No `from __future__ import annotations`: BentoML reads the annotations of the methods below.
import os
import signal
import threading
import time
from typing import Any

import bentoml
import psycopg
import psycopg_pool

from conso.errors import ConsoError
from serving import logs
from serving.app import create_app
from serving.backend import Backend
from serving.bento import ConsoService
from serving.forecast import ForecastRequest, ForecastResponse, forecast_day
from serving.metrics import WarehouseMetrics
from serving.predict import PredictRequest, PredictResponse, predict

REQUEST_TIMEOUT_S = 30
WORKERS_VARIABLE = "CONSO_SERVE_WORKERS"
TOMORROW = ForecastRequest()

backend = Backend()


@bentoml.service(
    name="conso",
    service_class=ConsoService,
    workers=int(os.environ.get(WORKERS_VARIABLE, "1")),
    traffic={"timeout": REQUEST_TIMEOUT_S},
    logging={"access": {"enabled": False}},
)
class Conso:
    """Day-ahead forecasts of French electricity consumption."""

    def __init__(self) -> None:
        logs.configure(backend.settings)
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
        self.metrics = WarehouseMetrics(backend)

    @bentoml.api(route="/forecast")  # type: ignore[untyped-decorator] # BentoML ships no types
    async def forecast(self, request: ForecastRequest = TOMORROW, /) -> ForecastResponse:
        """Day-ahead curve of one civil day of France with its 80 % interval."""
        return await forecast_day(backend, request.day)

    @bentoml.api(route="/predict")  # type: ignore[untyped-decorator] # BentoML ships no types
    async def predict(self, request: PredictRequest, /) -> PredictResponse:
        """Predictions of the champion on rows of features."""
        return await predict(backend, request)

    async def reasons_not_ready(self) -> list[str]:
        """Why this worker cannot answer; empty when it can."""
        reasons = [] if backend.champion.current is not None else [backend.champion.reason]
        try:
            await backend.rows("select 1")
        except (psycopg.Error, psycopg_pool.PoolTimeout, ConsoError):
            reasons.append("The database does not answer.")
        return reasons

    async def __metrics__(self, exposition: str) -> str:
        """BentoML's metrics, then ours."""
        return exposition + await self.metrics.text()


def _end_with_parent(parent: int) -> None:
    """End this worker when its supervisor was killed: nobody else would, and it holds the port."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


service: Any = Conso
service.mount_asgi_app(create_app(backend), path="/")
