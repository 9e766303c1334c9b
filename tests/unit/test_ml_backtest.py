"""Folds in the order of time, the span's rule, scores on the same hours, intervals, and the gate."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from conso.errors import ConsoError
from ml import backtest, forest, gate, intervals, panel, scores, stream
from ml import days as civil
from ml.backtest import Span
from ml.panel import NEVER
from tests.fakes import fake_marts

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("history", "span"),
    [
        (Span(date(2021, 3, 25), date(2024, 12, 29)), Span(date(2024, 1, 1), date(2024, 12, 29))),
        (Span(date(2023, 4, 14), date(2026, 4, 12)), Span(date(2026, 2, 1), date(2026, 4, 12))),
        (Span(date(2023, 2, 20), date(2023, 11, 5)), Span(date(2023, 9, 7), date(2023, 11, 5))),
    ],
)
def test_the_span_leaves_a_thousand_days_where_it_can(history, span):
    assert backtest.span_of(history) == span


def test_too_short_a_history_has_no_span():
    with pytest.raises(ConsoError, match="240 are needed"):
        backtest.span_of(Span(date(2023, 1, 1), date(2023, 8, 1)))


def test_folds_begin_in_every_second_month():
    starts = backtest.fold_starts(Span(date(2024, 2, 10), date(2024, 7, 20)))
    assert starts == [date(2024, 2, 10), date(2024, 3, 1), date(2024, 5, 1), date(2024, 7, 1)]


def test_folds_learn_only_from_what_their_first_issue_knew():
    inputs = fake_marts.make()
    laid_out = panel.build(inputs, fake_marts.FIRST, fake_marts.LAST)
    known = inputs.national["load_realtime_known_at_utc"]
    hour = pd.Series(known.to_numpy(), index=inputs.national["hour_start_utc"])
    previous = 0
    for fold in backtest.folds(laid_out, Span(date(2023, 8, 20), fake_marts.LAST), first_learnt=60):
        issue = pd.Timestamp(civil.issue_time(laid_out.days[fold.start].date()))
        learnt = pd.DatetimeIndex(laid_out.start_utc[fold.learn]).tz_localize("UTC")
        assert hour[learnt].max() <= issue
        assert learnt.max() > issue - pd.Timedelta(hours=3)
        assert fold.start >= previous
        previous = fold.stop
    assert previous == len(laid_out.days)


def test_kept_folds_are_used_and_equal(tmp_path):
    built = stream.build(panel.build(fake_marts.make(), fake_marts.FIRST, fake_marts.LAST))
    span = Span(date(2023, 9, 7), fake_marts.LAST)
    told = []
    runs = [
        backtest.run(
            built,
            span,
            first_learnt=60,
            spec=forest.ForestSpec(trees=5),
            cache_dir=tmp_path,
            progress=lambda *a: told.append(a),
        ).forecasts()
        for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*runs, check_exact=True)
    assert len(list(tmp_path.glob("fold-*.npy"))) == 4
    assert len(told) == 8


# -- scores --------------------------------------------------------------------------------------------------------


def rows(model, hours, p50, observed, spread=None):
    start = pd.date_range("2024-01-01", periods=hours, freq="h", tz="UTC")
    band = np.nan if spread is None else spread
    return pd.DataFrame(
        {
            "model_name": model,
            "target_start_utc": start,
            "p10_mw": p50 - band,
            "p50_mw": p50,
            "p90_mw": p50 + band,
            "observed_mw": observed,
        }
    )


def test_scores_are_of_the_same_hours():
    observed = np.array([50_000.0, 50_000.0, 50_000.0, np.nan])
    ours = rows("ours", 4, np.array([51_000.0, 49_000.0, 54_000.0, 50_000.0]), observed, 2_000)
    rte = rows("rte_d1", 4, np.array([50_500.0, 50_500.0, np.nan, 1.0]), observed).dropna(subset=["p50_mw"])
    found = scores.score(pd.concat([ours, rte]))
    assert found["ours"] == {
        "hours": 2, "mae_mw": 1000.0, "rmse_mw": 1000.0, "mape_pct": 2.0, "bias_mw": 0.0,
        "coverage_80_pct": 100.0, "width_80_mw": 4000.0,
    }  # fmt: skip
    assert found["rte_d1"] == {"hours": 2, "mae_mw": 500.0, "rmse_mw": 500.0, "mape_pct": 1.0, "bias_mw": 500.0}


def test_a_model_that_is_hardly_there_does_not_shrink_the_comparison():
    observed = np.full(10, 50_000.0)
    ours = rows("ours", 10, observed + 100, observed)
    rare = rows("combined", 10, observed, observed).head(4)
    found = scores.score(pd.concat([ours, rare]))
    assert set(found) == {"ours"}
    assert found["ours"]["hours"] == 10


def test_nothing_observed_is_an_error():
    ours = rows("ours", 3, np.full(3, 5e4), np.full(3, np.nan))
    with pytest.raises(ConsoError, match="No hour of the backtest"):
        scores.score(ours)


# -- gate ----------------------------------------------------------------------------------------------------------


def decision(candidate_error, champion_error, naive=3_000.0, hours=1_000):
    observed = np.full(hours, 50_000.0)
    candidate = rows("ours", hours, observed + candidate_error, observed)
    champion = rows("ours", hours, observed - champion_error, observed)[["target_start_utc", "p50_mw"]]
    scored = {"ours": {"mae_mw": float(candidate_error)}, "naive_d7": {"mae_mw": naive}}
    return gate.decide(scored, candidate, champion, "3")


def test_the_first_version_is_promoted():
    assert gate.decide({"ours": {"mae_mw": 900.0}, "naive_d7": {"mae_mw": 3e3}}, pd.DataFrame(), None, None).promoted


def test_a_better_or_equal_candidate_is_promoted():
    assert decision(700, 800).promoted
    assert decision(800, 800).promoted


def test_a_worse_candidate_is_not():
    found = decision(850, 800)
    assert not found.promoted
    assert found.reason == "MAE 850.0 MW against 800.0 MW of version 3 on the same 1000 hours"


def test_one_that_loses_to_the_week_before_is_not():
    found = decision(700, 800, naive=650.0)
    assert not found.promoted
    assert "does not beat the load a week before" in found.reason


def test_few_common_hours_do_not_keep_a_candidate_out():
    assert decision(850, 800, hours=100).promoted


# -- intervals -----------------------------------------------------------------------------------------------------


def residual_world(days=420, seed=5):
    rng = np.random.default_rng(seed)
    size = 1 + 0.5 * np.sin(np.arange(days) / 40)[:, None]
    residuals = rng.normal(0.1, 1, (days, 25)) * size
    day = np.arange(days)[:, None]
    use_day = np.where(np.arange(25)[None, :] <= 11, day + 1, day + 2).astype(np.int32)
    return residuals, use_day


def test_intervals_cover_four_fifths_of_what_they_have_not_seen():
    residuals, use_day = residual_world()
    targets = np.arange(120, len(residuals))
    low, high = intervals.bands(residuals, use_day, targets)
    inside = (residuals[targets] >= low) & (residuals[targets] <= high)
    assert 0.78 < inside.mean() < 0.82
    quiet = np.argsort(intervals.scales(residuals, use_day)[targets])[:60]
    assert (high - low)[quiet].mean() < 0.75 * (high - low).mean()


def test_intervals_see_only_known_residuals():
    residuals, use_day = residual_world(days=200)
    target = 150
    use_day[140:149, ::5] = target + 3  # published late
    expected = intervals.bands(residuals, use_day, np.array([target]))
    altered = np.where(use_day > target, 1e3, residuals)
    found = intervals.bands(altered, use_day, np.array([target]))
    assert np.array_equal(expected, found)


def test_too_few_residuals_give_no_interval():
    residuals, use_day = residual_world(days=30)
    low, high = intervals.bands(residuals, np.where(use_day < 15, use_day, NEVER), np.array([5, 29]))
    assert np.isnan(low[0]).all()
    assert np.isnan(high[0]).all()


def test_intervals_contain_the_median_forecast():
    residuals, use_day = residual_world()
    low, high = intervals.bands(residuals + 50, use_day, np.arange(100, 110))
    assert (low <= 0).all()
    assert (high >= 0).all()


def test_the_next_days_bands_follow_the_last_one():
    residuals, use_day = residual_world(days=200)
    low, high = intervals.next_bands(residuals, use_day)
    shorter = residuals[:-1], use_day[:-1]
    before, _ = intervals.next_bands(*shorter)
    assert low.shape == high.shape == (1, 25)
    assert not np.array_equal(low, before)
    assert timedelta(days=intervals.SCALE_LAG_DAYS) == timedelta(days=2)
