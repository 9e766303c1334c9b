"""What every request needs: the settings, a pool of read-only connections, the champion, the clock."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, LiteralString
from zoneinfo import ZoneInfo

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from conso import database
from conso.settings import load_settings
from serving.champion import ChampionHolder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    import psycopg
    from psycopg.sql import Composed

    from conso.settings import Settings

logger = logging.getLogger("serving")

PARIS = ZoneInfo("Europe/Paris")
ISSUE_HOUR_PARIS = 12
STATEMENT_TIMEOUT_MS = 5_000
POOL_WAIT_S = 3.0
POOL_SIZE = 8
SESSION = (
    f"-c timezone=UTC -c default_transaction_read_only=on -c statement_timeout={STATEMENT_TIMEOUT_MS}"
    " -c idle_in_transaction_session_timeout=10000"
)


@dataclass(frozen=True)
class Now:
    """What time it is in the warehouse, and whether it is a synthetic one."""

    utc: datetime
    basis: str
    is_synthetic: bool

    @property
    def newest_day(self) -> date:
        """Day (France) whose day-ahead forecast was issued last: tomorrow from 12:00 in France on, today before."""
        today = self.utc.astimezone(PARIS).date()
        tomorrow = today + timedelta(days=1)
        return tomorrow if issue_time_utc(tomorrow) <= self.utc else today


def issue_time_utc(day: date) -> datetime:
    """When the day-ahead forecast of ``day`` is issued: the day before at 12:00 in France."""
    return datetime.combine(day - timedelta(days=1), time(ISSUE_HOUR_PARIS), PARIS).astimezone(UTC)


class Backend:
    """Shared by all requests of one worker; used as ``async with backend.running():``."""

    def __init__(self, settings: Settings | None = None, champion: ChampionHolder | None = None) -> None:
        self.settings = settings or load_settings()
        self.champion = champion or ChampionHolder(self.settings)
        self.computing = asyncio.Semaphore(1)  # forecasts computed on request: one at a time, they take a core
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[dict[str, Any]]] | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the pool open and watch for a new champion; neither needs to be there for this to succeed."""
        self._pool = AsyncConnectionPool(
            self._address,
            kwargs={"options": SESSION, "autocommit": True, "row_factory": dict_row, "application_name": "conso api"},
            min_size=1,
            max_size=POOL_SIZE,
            timeout=POOL_WAIT_S,
            max_waiting=200,
            check=AsyncConnectionPool.check_connection,
            reconnect_timeout=10.0,
            open=False,
            name="conso-api",
        )
        await self._pool.open()
        watching = asyncio.create_task(self.champion.watch(), name="champion")
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await self._pool.close()

    async def _address(self) -> str:
        # Asked for at every new connection: an embedded server that was restarted may have moved to another port.
        return database.url(self.settings)

    async def rows(
        self, query: LiteralString | Composed, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[dict[str, Any]]:
        """Run one read-only statement; instants come back in UTC.

        Raises:
            psycopg.Error, psycopg_pool.PoolTimeout: the database does not answer, or refuses.
        """
        if self._pool is None:
            raise RuntimeError("the backend does not run")
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall()

    async def now(self) -> Now:
        """The warehouse's clock, by the rules of ``conso.database.clock``."""
        found = await self.rows("select world, clock_utc, clock_basis from ops.warehouse")
        row = found[0] if found else {"world": None, "clock_utc": None, "clock_basis": "system"}
        is_synthetic = row["world"] == "demo"
        frozen = self.settings.frozen_now()
        if frozen is not None:
            return Now(frozen.astimezone(UTC), "frozen", is_synthetic)
        if row["clock_utc"] is None:
            return Now(datetime.now(UTC), "system", is_synthetic)
        return Now(row["clock_utc"], row["clock_basis"], is_synthetic)
