"""The champion in one quick look, for `conso status`: no MLflow, no model is loaded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conso import database
from ml import registry

if TYPE_CHECKING:
    from conso.settings import Settings


def champion_summary(settings: Settings) -> dict[str, Any] | None:
    """Version, time of training, data span and backtest figures of the champion; None where there is none yet."""
    entry = registry.champion(settings)
    if entry is None:
        return None
    with database.connect(settings, read_only=True) as connection:
        row = connection.execute(
            "select scores, first_target_utc, last_target_utc from raw.backtest_run where backtest_id = %s",
            [entry.backtest_id],
        ).fetchone()
    scores = {} if row is None else row[0]
    return {
        "version": entry.version,
        "trained_at_utc": datetime.fromtimestamp(entry.created_ms / 1000, UTC),
        "data_first_day": entry.tags.get("data_first_day"),
        "data_last_day": entry.tags.get("data_last_day"),
        "backtest_first_target_utc": None if row is None else row[1],
        "backtest_last_target_utc": None if row is None else row[2],
        "mae_mw": {name: score["mae_mw"] for name, score in scores.items()},
        "rmse_mw": {name: score["rmse_mw"] for name, score in scores.items()},
        "mape_pct": {name: score["mape_pct"] for name, score in scores.items()},
        "coverage_80_pct": {
            name: score["coverage_80_pct"] for name, score in scores.items() if "coverage_80_pct" in score
        },
    }
