"""Whatever becomes known after the issue time leaves a forecast as it is, to the last bit."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ml import backtest, forest, panel, stream, training
from ml import days as civil
from ml.predict import Champion
from tests.fakes import fake_marts

# Not `unit`: whole backtests are run, twice each.
pytestmark = pytest.mark.property

SMALL = forest.ForestSpec(trees=8)
FIRST, LAST = fake_marts.FIRST, fake_marts.LAST
INPUTS = fake_marts.make()
FEW = hypothesis_settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def alter_later(inputs, issue, seed):
    """Change every value that became known after ``issue``, drop some, and bring in what was not there."""
    rng = np.random.default_rng(seed)
    at = pd.Timestamp(issue)
    national, weather = inputs.national.copy(), inputs.weather.copy()
    for value, known in (
        ("load_realtime_mw", "load_realtime_known_at_utc"),
        ("forecast_rte_d1_mw", "forecast_rte_d1_known_at_utc"),
    ):
        later = ~(national[known] <= at)
        noise = rng.normal(0, 20_000, later.sum())
        noise[rng.random(later.sum()) < 0.1] = np.nan
        national.loc[later, value] = national.loc[later, value] + noise
    later = weather["known_at_utc"] > at
    for name in ("temperature_c", "cloud_cover_pct", "wind_speed_km_per_h", "precipitation_mm"):
        weather.loc[later, name] = rng.normal(10, 30, later.sum())
    keep = ~later | (rng.random(len(weather)) < 0.9)
    return replace(inputs, national=national, weather=weather[keep].reset_index(drop=True))


@pytest.fixture(scope="module")
def whole():
    return stream.build(panel.build(INPUTS, FIRST, LAST))


@FEW
@given(day=st.integers(80, (LAST - FIRST).days), seed=st.integers(0, 2**32 - 1))
def test_rows_of_training_and_backtest(whole, day, seed):
    target = FIRST + timedelta(days=day)
    altered = stream.build(panel.build(alter_later(INPUTS, civil.issue_time(target), seed), FIRST, LAST))
    for model in backtest.MODELS:
        assert np.array_equal(whole.rows[model][: day + 1], altered.rows[model][: day + 1], equal_nan=True)
        assert np.array_equal(whole.linear_gw[model][: day + 1], altered.linear_gw[model][: day + 1], equal_nan=True)
    if day < (LAST - FIRST).days - 2:
        assert not np.array_equal(whole.rows["ours"], altered.rows["ours"], equal_nan=True)


@pytest.fixture(scope="module")
def whole_backtest():
    return run_backtest(INPUTS)


def run_backtest(inputs):
    span = backtest.Span(date(2023, 8, 20), LAST)
    built = stream.build(panel.build(inputs, FIRST, LAST))
    return backtest.run(built, span, first_learnt=60, spec=SMALL, cache_dir=None, progress=lambda *_: None)


@FEW
@given(day=st.integers(185, (LAST - FIRST).days), seed=st.integers(0, 2**32 - 1))
def test_backtest_with_its_refits_and_intervals(whole_backtest, day, seed):
    target = FIRST + timedelta(days=day)
    issue = civil.issue_time(target)
    altered = run_backtest(alter_later(INPUTS, issue, seed)).forecasts()
    frozen = whole_backtest.forecasts()
    columns = ["model_name", "target_start_utc", "p10_mw", "p50_mw", "p90_mw"]
    expected = frozen.loc[frozen["issued_at_utc"] <= pd.Timestamp(issue), columns]
    found = altered.loc[altered["issued_at_utc"] <= pd.Timestamp(issue), columns]
    pd.testing.assert_frame_equal(expected.reset_index(drop=True), found.reset_index(drop=True), check_exact=True)


@pytest.fixture(scope="module")
def champion():
    day = LAST - timedelta(days=12)
    known = INPUTS.as_known_at(civil.issue_time(day))
    return Champion.from_files("1", training.train(known, day, SMALL, None, lambda *_: None).files)


@FEW
@given(ahead=st.integers(0, 12), seed=st.integers(0, 2**32 - 1))
def test_live_forecasts(champion, ahead, seed):
    day = LAST - timedelta(days=12 - ahead)
    expected = champion.forecast(INPUTS, day)
    found = champion.forecast(alter_later(INPUTS, civil.issue_time(day), seed), day)
    for model in backtest.MODELS:
        pd.testing.assert_frame_equal(expected[model].curve, found[model].curve, check_exact=True)
        assert expected[model].degraded == found[model].degraded


def test_a_live_row_equals_the_row_of_training(champion, whole):
    day = LAST - timedelta(days=3)
    known = INPUTS.as_known_at(civil.issue_time(day))
    live = stream.build(
        panel.build(known, champion.checkpoint.day - timedelta(days=60), day), resume=champion.checkpoint
    )
    at = whole.panel.index_of(day)
    for model in backtest.MODELS:
        trained, asked = whole.rows[model][at], live.rows[model][-1]
        assert np.array_equal(np.isfinite(trained), np.isfinite(asked))
        there = np.isfinite(trained)
        # The resumed panel begins later, so the smoothed temperatures have forgotten a little more.
        assert np.abs(trained[there] - asked[there]).max() < 0.5


def test_a_live_row_equals_the_row_of_training_given_the_same_history(champion, whole):
    day = LAST - timedelta(days=3)
    known = INPUTS.as_known_at(civil.issue_time(day))
    live = stream.build(panel.build(known, FIRST, day), resume=champion.checkpoint)
    at = whole.panel.index_of(day)
    for model in backtest.MODELS:
        trained, asked = whole.rows[model][at], live.rows[model][-1]
        assert np.allclose(trained, asked, rtol=1e-9, atol=1e-9, equal_nan=True)
