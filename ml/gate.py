"""Whether a candidate becomes the champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ml import scores

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 0.01
"""A candidate that knows newer data may be so much worse than the champion: noise must not keep an old model."""
FEWEST_HOURS = 30 * 24
"""On fewer common hours two models are not told apart."""


@dataclass(frozen=True)
class Decision:
    """Promoted or not, why, and the figures that say so."""

    promoted: bool
    reason: str
    figures: dict[str, Any]


def decide(
    scored: dict[str, dict[str, float]],
    candidate: pd.DataFrame,
    champion: pd.DataFrame | None,
    champion_version: str | None,
) -> Decision:
    """Promote a candidate that beats the load a week before and is not worse than the champion on the same hours.

    ``candidate`` and ``champion`` are the backtested forecasts of `ours` (target_start_utc, p50_mw; the candidate's
    with observed_mw); ``champion`` is None where there is no champion yet.
    """
    ours = scored["ours"]["mae_mw"]
    naive = scored.get("naive_d7", {}).get("mae_mw")
    if naive is not None and ours >= naive:
        return Decision(
            promoted=False,
            reason=f"its MAE of {ours:.0f} MW does not beat the load a week before ({naive:.0f} MW)",
            figures={},
        )
    if champion is None:
        return Decision(promoted=True, reason="first version", figures={})
    figures = scores.mae_on_common_hours(candidate, champion)
    if figures["hours"] < FEWEST_HOURS:
        return Decision(
            promoted=True,
            reason=f"too few hours in common with version {champion_version}'s backtest to compare",
            figures=figures,
        )
    new, old = figures["candidate_mae_mw"], figures["champion_mae_mw"]
    compared = (
        f"MAE {new:.1f} MW against {old:.1f} MW of version {champion_version} on the same {figures['hours']} hours"
    )
    return Decision(promoted=new <= old * (1 + TOLERANCE), reason=compared, figures=figures)
