"""Backtests and forecasts in the warehouse: written in one transaction each, never twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from conso import database

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from conso.settings import Settings
    from ml.predict import Forecast

CURVE_COLUMNS = ["target_start_utc", "p10_mw", "p50_mw", "p90_mw"]
BACKTEST_COLUMNS = (
    "model_name",
    "target_start_utc",
    "issued_at_utc",
    "p10_mw",
    "p50_mw",
    "p90_mw",
    "observed_mw",
)


def has_backtest(settings: Settings, backtest_id: str | None) -> bool:
    """Whether the backtest was written (whole: it is written in one transaction)."""
    with database.connect(settings, read_only=True) as connection:
        query = "select 1 from raw.backtest_run where backtest_id = %s"
        return connection.execute(query, [backtest_id]).fetchone() is not None


def write_backtest(
    settings: Settings,
    backtest_id: str,
    forecasts: pd.DataFrame,
    *,
    model_name: str,
    model_version: str,
    is_synthetic: bool,
    scores: dict[str, Any],
    is_current: bool,
) -> bool:
    """Write a backtest unless it is there; make it the current one where asked. Returns whether a row changed."""
    with database.connect(settings) as connection:
        new = connection.execute(
            """insert into raw.backtest_run (backtest_id, model_name, model_version, first_target_utc, last_target_utc,
                                             is_synthetic, scores, is_current)
               values (%s, %s, %s, %s, %s, %s, %s, false) on conflict (backtest_id) do nothing returning backtest_id""",
            [
                backtest_id,
                model_name,
                model_version,
                forecasts["target_start_utc"].min().to_pydatetime(),
                forecasts["target_start_utc"].max().to_pydatetime(),
                is_synthetic,
                json.dumps(scores),
            ],
        ).fetchone()
        if new is not None:
            _copy(connection, backtest_id, forecasts)
        if not is_current:
            return new is not None
        moved = connection.execute(
            """update raw.backtest_run set is_current = (backtest_id = %(id)s)
               where is_current <> (backtest_id = %(id)s)""",
            {"id": backtest_id},
        ).rowcount
        return new is not None or moved > 0


def _copy(connection: Any, backtest_id: str, forecasts: pd.DataFrame) -> None:
    columns = ", ".join(("backtest_id", *BACKTEST_COLUMNS))
    rows = forecasts[list(BACKTEST_COLUMNS)].astype(object).where(forecasts[list(BACKTEST_COLUMNS)].notna(), None)
    with connection.cursor().copy(f"copy raw.backtest_forecast ({columns}) from stdin") as copy:
        for row in rows.itertuples(index=False, name=None):
            copy.write_row((backtest_id, *row))


def read_backtest(settings: Settings, backtest_id: str | None, model_name: str) -> pd.DataFrame:
    """target_start_utc and p50_mw of one model of a backtest; no rows where it was never written."""
    with database.connect(settings, read_only=True) as connection:
        rows = connection.execute(
            "select target_start_utc, p50_mw from raw.backtest_forecast where backtest_id = %s and model_name = %s",
            [backtest_id, model_name],
        ).fetchall()
    frame = pd.DataFrame(rows, columns=["target_start_utc", "p50_mw"])
    frame["target_start_utc"] = pd.to_datetime(frame["target_start_utc"], utc=True)
    return frame


def freeze(settings: Settings, forecasts: Iterable[Forecast], known_at: datetime) -> int:
    """Write issued forecasts into ``raw.forecast``; what was issued before stays. Returns the rows written."""
    written = 0
    with database.connect(settings) as connection, connection.cursor() as cursor:
        for forecast in forecasts:
            for start, p10, p50, p90 in forecast.curve[CURVE_COLUMNS].itertuples(index=False, name=None):
                cursor.execute(
                    """insert into raw.forecast (target_start_utc, issued_at_utc, model_name, model_version, p10_mw,
                                                 p50_mw, p90_mw, degraded, is_synthetic, known_at_utc)
                       values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing""",
                    [
                        start.to_pydatetime(),
                        forecast.issued_at_utc,
                        forecast.model_name,
                        forecast.model_version,
                        p10,
                        p50,
                        p90,
                        forecast.degraded,
                        forecast.is_synthetic,
                        known_at,
                    ],
                )
                written += cursor.rowcount
    return written


def frozen(settings: Settings, issued_at: datetime, start: datetime, stop: datetime) -> pd.DataFrame:
    """The frozen rows of one issue for the hours from ``start`` to ``stop`` (excluded)."""
    columns = ["model_name", "target_start_utc", "model_version", "p10_mw", "p50_mw", "p90_mw", "degraded"]
    with database.connect(settings, read_only=True) as connection:
        rows = connection.execute(
            f"""select {", ".join(columns)} from raw.forecast
                where issued_at_utc = %s and target_start_utc >= %s and target_start_utc < %s
                order by model_name, target_start_utc""",  # noqa: S608 - constants
            [issued_at, start, stop],
        ).fetchall()
    return pd.DataFrame(rows, columns=columns)
