"""The day-ahead forecast of one civil day of France: the frozen one, else computed where its inputs are known."""

# No `from __future__ import annotations`: BentoML reads the annotations of the models below.
import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from conso.errors import ConsoError, DatabaseUnavailableError
from serving.backend import PARIS, Backend, Now, issue_time_utc
from serving.champion import compute_forecasts
from serving.freshness import SourceFreshness, read_freshness
from serving.paging import Day
from serving.problem import FieldProblem, Problem

OURS = "ours"
COMBINED = "combined"


class ForecastRequest(BaseModel):
    """Which day to forecast."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"day": "2026-04-15"}})

    day: Day | None = Field(
        default=None,
        description="Civil day of France. Left out: tomorrow by the warehouse's clock, today before 12:00 in France.",
    )


class Band(BaseModel):
    """A forecast with its 80 % interval, in MW."""

    p10_mw: float
    p50_mw: float
    p90_mw: float


class ForecastHour(BaseModel):
    """One hour of the curve."""

    target_start_utc: datetime = Field(description="Start of the hour.")
    target_start_paris: datetime = Field(description="The same instant in French time, with its offset.")
    horizon_hours: float = Field(description="From the issue to the start of the hour.")
    ours: Band = Field(description="Our model alone.")
    combined: Band | None = Field(description="Our model combined with RTE's forecast, where known.")


class ForecastResponse(BaseModel):
    """The day-ahead curve of one day."""

    day_paris: date
    day_hours: int = Field(description="Length of the civil day: 23, 24 or 25.")
    time_zone: Literal["Europe/Paris"] = Field(default="Europe/Paris", description="Zone of the civil day.")
    unit: Literal["MW"] = "MW"
    resolution: Literal["PT1H"] = "PT1H"
    quantity: Literal["national load, real-time level"] = Field(
        default="national load, real-time level",
        description="0.6-1.3 GW below the définitive load: it is the one that RTE forecasts.",
    )
    issued_at_utc: datetime = Field(description="Nothing known later than this was used.")
    frozen: bool = Field(
        description="True: as written to the warehouse at the issue; false: computed for this request."
    )
    model_version: str = Field(description="Version of our model in the registry.")
    degraded: str | None = Field(description="What input ours had to do without; null: none.")
    combined_degraded: str | None = Field(description="The same of combined.")
    is_synthetic: bool = Field(description="True: made from the demo's generated data.")
    peak: ForecastHour = Field(description="The hour of the highest p50 of ours.")
    hours: list[ForecastHour]
    data_freshness: list[SourceFreshness]


def day_bounds_utc(day: date) -> tuple[datetime, datetime]:
    """Start and end of a civil day of France, in UTC; 23, 24 or 25 hours apart."""
    start, end = (datetime.combine(d, time(), PARIS).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    return start, end


async def _computed_rows(backend: Backend, day: date, now: Now) -> list[dict[str, Any]]:
    issue = issue_time_utc(day)
    if issue > now.utc:
        raise _no_forecast(
            day,
            f"It is issued at {issue:%Y-%m-%dT%H:%MZ}, and in this warehouse it is {now.utc:%Y-%m-%dT%H:%MZ}.",
        )
    champion = backend.champion.get()
    async with backend.computing:
        try:
            found = await asyncio.to_thread(compute_forecasts, backend.settings, champion, day)
        except DatabaseUnavailableError:
            raise
        except ConsoError as error:
            raise _no_forecast(day, str(error)) from error
    return [
        {
            "target_start_utc": start.to_pydatetime(),
            **{quantile: row[quantile] for quantile in ("p10_mw", "p50_mw", "p90_mw")},
            **{
                name: getattr(forecast, name)
                for name in ("issued_at_utc", "model_name", "model_version", "degraded", "is_synthetic")
            },
        }
        for forecast in found.values()
        for start, row in zip(forecast.curve["target_start_utc"], forecast.curve.to_dict("records"), strict=True)
    ]


def _no_forecast(day: date, why: str) -> Problem:
    detail = f"There is no forecast of {day}. {why}"
    return Problem(404, "no-forecast", detail, errors=[FieldProblem(field="day", pointer="/day", detail=why)])


async def forecast_day(backend: Backend, day: date | None) -> ForecastResponse:
    """The forecast of ``day`` (default: the one issued last).

    Raises:
        Problem: 404, the day is not forecast and its inputs are not known.
        psycopg.Error, psycopg_pool.PoolTimeout: the database does not answer.
    """
    now = await backend.now()
    wanted = day or now.newest_day
    rows = await _frozen_rows(backend, wanted, now)
    frozen = bool(rows)
    if not rows:
        rows = await _computed_rows(backend, wanted, now)
    freshness = await read_freshness(backend)
    return _respond(wanted, rows, freshness, frozen=frozen)


async def _frozen_rows(backend: Backend, day: date, now: Now) -> list[dict[str, Any]]:
    """Rows of the newest issue for the day that lies in the past of the warehouse's clock."""
    start, end = day_bounds_utc(day)
    return await backend.rows(
        """select target_start_utc, issued_at_utc, model_name, model_version, p10_mw, p50_mw, p90_mw, degraded,
                  is_synthetic
           from raw.forecast
           where target_start_utc >= %(start)s and target_start_utc < %(end)s and model_name = any(%(models)s)
             and issued_at_utc = (
                 select max(issued_at_utc) from raw.forecast
                 where target_start_utc >= %(start)s and target_start_utc < %(end)s and model_name = %(ours)s
                   and issued_at_utc <= %(now)s
             )
           order by target_start_utc""",
        {"start": start, "end": end, "models": [OURS, COMBINED], "ours": OURS, "now": now.utc},
    )


def _respond(
    day: date, rows: Sequence[dict[str, Any]], freshness: Sequence[dict[str, Any]], *, frozen: bool
) -> ForecastResponse:
    ours = [row for row in rows if row["model_name"] == OURS]
    combined = {row["target_start_utc"]: row for row in rows if row["model_name"] == COMBINED}
    start, end = day_bounds_utc(day)
    hours = [_hour(row, combined.get(row["target_start_utc"])) for row in ours]
    return ForecastResponse(
        day_paris=day,
        day_hours=int((end - start) / timedelta(hours=1)),
        issued_at_utc=ours[0]["issued_at_utc"],
        frozen=frozen,
        model_version=ours[0]["model_version"],
        degraded=ours[0]["degraded"],
        combined_degraded=next((row["degraded"] for row in combined.values()), None),
        is_synthetic=ours[0]["is_synthetic"],
        peak=max(hours, key=lambda hour: hour.ours.p50_mw),
        hours=hours,
        data_freshness=[SourceFreshness(**row) for row in freshness],
    )


def _hour(ours: dict[str, Any], combined: dict[str, Any] | None) -> ForecastHour:
    start = ours["target_start_utc"]
    return ForecastHour(
        target_start_utc=start,
        target_start_paris=start.astimezone(PARIS),
        horizon_hours=(start - ours["issued_at_utc"]) / timedelta(hours=1),
        ours=_band(ours),
        combined=None if combined is None else _band(combined),
    )


def _band(row: dict[str, Any]) -> Band:
    return Band(p10_mw=row["p10_mw"], p50_mw=row["p50_mw"], p90_mw=row["p90_mw"])
