"""Errors of the backtest, every model on the same hours."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field

from serving.paging import Instant, check_span

if TYPE_CHECKING:
    from serving.backend import Backend

WANTED_SHARE = 0.5
"""As in ``ml.scores``: a model with fewer of the hours is left out rather than let shrink the comparison."""
GROUPS = {
    "all": sql.SQL("null::text"),
    "month": sql.SQL("to_char(date_paris, 'YYYY-MM')"),
    "hour": sql.SQL("to_char(hour_paris, 'FM00')"),
}


class ScoreQuery(BaseModel):
    """Which part of the backtest, and how finely."""

    model_config = ConfigDict(extra="forbid")

    start: Instant | None = Field(default=None, description="First target hour (inclusive).", examples=["2024-01-01"])
    end: Instant | None = Field(default=None, description="End of the span (exclusive).", examples=["2025-01-01"])
    by: Literal["all", "month", "hour"] = Field(default="all", description="One row per model, or finer.")


class Score(BaseModel):
    """Error of one model over the hours at which every model has a forecast and the load is known."""

    model_name: str
    group: str | None = Field(description="Month (2024-01) or hour of the day (00-23) in France; null: all of them.")
    hours: int
    first_target_utc: datetime
    last_target_utc: datetime
    mae_mw: float
    rmse_mw: float
    mape_pct: float
    bias_mw: float = Field(description="Mean of forecast less observed.")
    coverage_80_pct: float | None = Field(description="Share of hours within p10-p90 (80 is meant); null: no interval.")
    width_80_mw: float | None = Field(description="Mean of p90 less p10.")


async def read_scores(backend: Backend, query: ScoreQuery) -> list[dict[str, Any]]:
    """Rows as `Score`.

    Raises:
        Problem: 422, the span ends before it starts.
        psycopg.Error, psycopg_pool.PoolTimeout: the database does not answer.
    """
    check_span(query.start, query.end)
    statement = sql.SQL(
        """with observed as (
               select *, {group} as bucket from marts.fct_backtest
               where error_mw is not null
                 and (%(start)s::timestamptz is null or target_start_utc >= %(start)s)
                 and (%(end)s::timestamptz is null or target_start_utc < %(end)s)
           ),
           compared as (
               select model_name from observed group by model_name
               having count(*) >= %(share)s * (select count(distinct target_start_utc) from observed)
           ),
           scored as (
               select observed.*, count(*) over (partition by target_start_utc) as models
               from observed join compared using (model_name)
           )
           select model_name, bucket as "group", count(*) as hours,
                  min(target_start_utc) as first_target_utc, max(target_start_utc) as last_target_utc,
                  avg(abs(error_mw)) as mae_mw, sqrt(avg(error_mw * error_mw)) as rmse_mw,
                  100 * avg(abs(error_mw) / observed_mw) as mape_pct, avg(error_mw) as bias_mw,
                  100 * avg(is_covered::int)::float8 as coverage_80_pct, avg(p90_mw - p10_mw) as width_80_mw
           from scored
           where models = (select count(*) from compared)
           group by 1, 2 order by 2, 1"""
    ).format(group=GROUPS[query.by])
    return await backend.rows(statement, {"start": query.start, "end": query.end, "share": WANTED_SHARE})
