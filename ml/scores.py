"""Errors and interval coverage of forecasts on the same hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from conso.errors import ConsoError

if TYPE_CHECKING:
    import pandas as pd

WANTED_SHARE = 0.5
"""A model that forecast fewer of the observed hours than this is left out rather than let shrink the comparison."""


def same_hours(forecasts: pd.DataFrame) -> pd.DataFrame:
    """The rows of the observed hours that all models forecast (of those that forecast at least half of them)."""
    observed = forecasts[forecasts["observed_mw"].notna()]
    hours = observed["target_start_utc"].nunique()
    counts = observed.groupby("model_name")["target_start_utc"].nunique()
    models = counts[counts >= WANTED_SHARE * hours].index
    chosen = observed[observed["model_name"].isin(models)]
    present = chosen.groupby("target_start_utc")["model_name"].transform("nunique")
    return chosen[present == len(models)]


def score(forecasts: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Scores of each model on the same hours.

    They are hours, mae_mw, rmse_mw, mape_pct, bias_mw (forecast minus observed), and coverage_80_pct and width_80_mw
    of the 80 % interval where there is one.

    Raises:
        ConsoError: no hour was observed and forecast by all.
    """
    common = same_hours(forecasts)
    if common.empty:
        raise ConsoError(
            "No hour of the backtest has both an observed load and a forecast.",
            "Look at load_realtime_mw in marts.fct_national_hourly for its last day.",
        )
    return {str(name): _one(rows) for name, rows in common.groupby("model_name")}


def _one(rows: pd.DataFrame) -> dict[str, float]:
    observed = rows["observed_mw"].to_numpy(dtype=np.float64)
    error = rows["p50_mw"].to_numpy(dtype=np.float64) - observed
    out = {
        "hours": len(rows),
        "mae_mw": float(np.abs(error).mean()),
        "rmse_mw": float(np.sqrt((error**2).mean())),
        "mape_pct": float((np.abs(error) / observed).mean() * 100),
        "bias_mw": float(error.mean()),
    }
    band = rows[rows["p10_mw"].notna()]
    if not band.empty:
        inside = (band["observed_mw"] >= band["p10_mw"]) & (band["observed_mw"] <= band["p90_mw"])
        out["coverage_80_pct"] = float(inside.mean() * 100)
        out["width_80_mw"] = float((band["p90_mw"] - band["p10_mw"]).mean())
    return {name: round(value, 3) for name, value in out.items()}


def mae_on_common_hours(one: pd.DataFrame, other: pd.DataFrame) -> dict[str, Any]:
    """MAE in MW of two sets of forecasts (target_start_utc, p50_mw) on the hours of both, observed by the first."""
    both = one.merge(other, on="target_start_utc", suffixes=("", "_other")).dropna(subset=["observed_mw"])
    observed = both["observed_mw"]
    return {
        "hours": len(both),
        "candidate_mae_mw": float((both["p50_mw"] - observed).abs().mean()) if len(both) else None,
        "champion_mae_mw": float((both["p50_mw_other"] - observed).abs().mean()) if len(both) else None,
    }
