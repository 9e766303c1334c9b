"""How fresh each source is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from serving.backend import Backend


class SourceFreshness(BaseModel):
    """One source."""

    source: str
    last_measure_at_utc: datetime | None = Field(description="Newest instant that has a measure.")
    last_retrieved_at_utc: datetime | None
    rows_loaded: int
    rows_quarantined: int
    age_hours: float | None = Field(
        description="From the last measure to the warehouse's clock; negative: ahead of it."
    )
    limit_hours: float | None = Field(description="Age that is still normal for this source.")
    is_late: bool | None
    is_synthetic: bool


async def read_freshness(backend: Backend) -> list[dict[str, Any]]:
    """Rows as `SourceFreshness`, by name of source.

    Raises:
        psycopg.Error, psycopg_pool.PoolTimeout: the database does not answer.
    """
    return await backend.rows(
        """select source, last_measure_at_utc, last_retrieved_at_utc, rows_loaded, rows_quarantined,
                  age_hours::float8 as age_hours, limit_hours::float8 as limit_hours, is_late, is_synthetic
           from marts.mart_source_freshness order by source"""
    )
