"""What ``/metrics`` says beside BentoML's own request metrics; read from the warehouse when it is scraped."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import psycopg
import psycopg_pool
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from serving.freshness import read_freshness

if TYPE_CHECKING:
    from serving.backend import Backend

KEEP_S = 10.0


class WarehouseMetrics:
    """Gauges in a registry of their own: they are the warehouse's, not one worker's, so nothing is to be summed."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._text = ""
        self._read_at = -KEEP_S
        self._lock = asyncio.Lock()

    async def text(self) -> str:
        """Prometheus exposition; at most 10 s old. Where the database does not answer it says only that."""
        async with self._lock:
            if time.monotonic() - self._read_at >= KEEP_S:
                self._text = await self._read()
                self._read_at = time.monotonic()
        return self._text

    async def _read(self) -> str:
        registry = CollectorRegistry()
        up = Gauge("conso_database_up", "1: the warehouse answers", registry=registry)
        self._model(registry)
        try:
            await self._warehouse(registry)
        except psycopg.errors.UndefinedTable:
            up.set(1)  # it answers, and is not built yet: the gauges below are missing until it is
        except (psycopg.Error, psycopg_pool.PoolTimeout):
            up.set(0)
        else:
            up.set(1)
        return generate_latest(registry).decode()

    def _model(self, registry: CollectorRegistry) -> None:
        info = Gauge("conso_model_info", "Version of the model that this worker serves", ["version"], registry=registry)
        champion = self._backend.champion.current
        if champion is not None:
            info.labels(version=champion.version).set(1)

    async def _warehouse(self, registry: CollectorRegistry) -> None:
        now = await self._backend.now()
        Gauge("conso_is_synthetic", "1: the data were made by the demo's generator", registry=registry).set(
            now.is_synthetic
        )
        issued = await self._backend.rows("select max(issued_at_utc) as at from raw.forecast where model_name = 'ours'")
        if issued[0]["at"] is not None:
            age = Gauge(
                "conso_forecast_age_seconds", "From the newest issue to the warehouse's clock", registry=registry
            )
            age.set((now.utc - issued[0]["at"]).total_seconds())
        records = await self._backend.rows("select count(*) as n from marts.fct_load_half_hourly")
        Gauge("conso_load_records", "Half-hours of national load in the warehouse", registry=registry).set(
            records[0]["n"]
        )
        loaded = Gauge("conso_source_rows", "Rows loaded from a source", ["source"], registry=registry)
        quarantined = Gauge("conso_source_quarantined_rows", "Rows refused", ["source"], registry=registry)
        hours = Gauge("conso_source_age_hours", "Age of a source's newest measure", ["source"], registry=registry)
        late = Gauge("conso_source_late", "1: older than is normal for it", ["source"], registry=registry)
        for row in await read_freshness(self._backend):
            loaded.labels(row["source"]).set(row["rows_loaded"])
            quarantined.labels(row["source"]).set(row["rows_quarantined"])
            if row["age_hours"] is not None:
                hours.labels(row["source"]).set(row["age_hours"])
            late.labels(row["source"]).set(bool(row["is_late"]))
