"""Training, files, forecasts of unusual days, and what happens when inputs are missing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from conso.errors import ConsoError
from ml import backtest, features, forest, panel, stream, training
from ml import days as civil
from ml.predict import Champion
from tests.fakes import fake_marts

pytestmark = pytest.mark.unit

SMALL = forest.ForestSpec(trees=8)
DAY = date(2023, 10, 27)
"""First day that the version can forecast; the 25-hour day comes two days later."""


@pytest.fixture(scope="module")
def inputs():
    return fake_marts.make()


def train(inputs, day=DAY, spec=SMALL):
    return training.train(inputs.as_known_at(civil.issue_time(day)), day, spec, None, lambda *_: None)


@pytest.fixture(scope="module")
def trained(inputs):
    return train(inputs)


@pytest.fixture(scope="module")
def champion(trained):
    return Champion.from_files("7", trained.files)


def test_training_twice_gives_the_same_files(inputs, trained):
    again = train(inputs)
    assert again.files == trained.files
    pd.testing.assert_frame_equal(again.forecasts, trained.forecasts, check_exact=True)


def test_it_beats_the_week_before_and_intervals_hold_roughly(trained):
    scored = trained.scores
    assert scored["ours"]["mae_mw"] < 0.6 * scored["naive_d7"]["mae_mw"]
    assert scored["combined"]["mae_mw"] < scored["ours"]["mae_mw"]
    assert len({score["hours"] for score in scored.values()}) == 1
    assert 65 < scored["ours"]["coverage_80_pct"] < 92


def test_training_ends_with_the_last_whole_day(trained):
    assert trained.metadata["trained_until"] == "2023-10-25"
    assert trained.forecasts["target_start_utc"].max() == pd.Timestamp("2023-10-25T21:00Z")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2023, 10, 28), 24), (date(2023, 10, 29), 25), (date(2023, 10, 30), 24)]
)
def test_every_hour_of_the_day_is_forecast(champion, inputs, day, hours):
    for issued in champion.forecast(inputs, day).values():
        curve = issued.curve
        assert len(curve) == hours
        assert (curve["target_start_utc"].diff().dropna() == pd.Timedelta(hours=1)).all()
        assert curve["target_start_utc"].iloc[0].tz_convert(civil.PARIS) == pd.Timestamp(day, tz=civil.PARIS)
        assert (curve["p10_mw"] < curve["p50_mw"]).all()
        assert (curve["p50_mw"] < curve["p90_mw"]).all()
        assert issued.degraded is None


def test_the_23_hour_day_is_forecast():
    inputs = fake_marts.make(date(2022, 7, 1), date(2023, 3, 27))
    day = date(2023, 3, 26)
    champion = Champion.from_files("1", train(inputs, day).files)
    curve = champion.forecast(inputs, day)["ours"].curve
    assert len(curve) == 23
    assert (curve["target_start_utc"].diff().dropna() == pd.Timedelta(hours=1)).all()


def test_days_that_it_was_trained_on_are_refused(champion, inputs):
    with pytest.raises(ConsoError, match="can forecast from 2023-10-27 on"):
        champion.forecast(inputs, date(2023, 10, 26))


def test_given_rows_are_predicted_as_the_forecast_is(champion, inputs):
    day = date(2023, 11, 2)
    known = inputs.as_known_at(civil.issue_time(day))
    laid_out = panel.build(known, fake_marts.FIRST, day)
    run = stream.build(laid_out, resume=champion.checkpoint)
    exists = laid_out.exists[-1]
    for model, issued in champion.forecast(inputs, day).items():
        rows = run.rows[model][-1][exists]
        bands = champion.predict_rows(rows.tolist(), model)
        assert [p50 for _, p50, _ in bands] == issued.curve["p50_mw"].tolist()
        assert all(p10 < p50 < p90 for p10, p50, p90 in bands)
        shuffled = pd.DataFrame(rows, columns=features.names(model)).iloc[:, ::-1]
        assert champion.predict(shuffled, model).tolist() == issued.curve["p50_mw"].tolist()


def test_features_lie_in_their_ranges(inputs):
    run = stream.build(panel.build(inputs, fake_marts.FIRST, fake_marts.LAST))
    for model, wanted in features.FEATURES.items():
        table = run.rows[model][80:]
        table = table[np.isfinite(table).all(axis=2)]
        assert table.shape[1] == len(wanted)
        for index, feature in enumerate(wanted):
            assert feature.minimum <= table[:, index].min(), feature.name
            assert table[:, index].max() <= feature.maximum, feature.name


# -- missing inputs ------------------------------------------------------------------------------------------------

TARGET = date(2023, 11, 3)
ISSUE = civil.issue_time(TARGET)


def issue(champion, inputs):
    return champion.forecast(inputs, TARGET)


def test_without_rtes_forecast_there_is_no_combined_one(champion, inputs):
    found = issue(champion, fake_marts.without_rte(inputs, datetime(2023, 11, 2, 23, tzinfo=UTC)))
    assert set(found) == {"ours"}
    assert found["ours"].degraded == "RTE's forecast of 24 of the day's 24 hours unknown: no combined forecast"
    whole = issue(champion, inputs)
    pd.testing.assert_frame_equal(found["ours"].curve, whole["ours"].curve, check_exact=True)


def test_a_gap_in_the_load_is_told_and_survived(champion, inputs):
    gap = fake_marts.without_load(inputs, ISSUE - timedelta(hours=26), ISSUE)
    found, whole = issue(champion, gap), issue(champion, inputs)
    assert found["ours"].degraded == "load of 25 of the last 168 hours unknown, newest known: 2023-11-01T08:00Z"
    assert found["combined"].degraded == found["ours"].degraded
    moved = (found["ours"].curve["p50_mw"] - whole["ours"].curve["p50_mw"]).abs()
    assert 0 < moved.max() < 5_000


def test_load_published_after_the_issue_is_unknown(champion, inputs):
    late = inputs.national.copy()
    hours = late["hour_start_utc"].between(ISSUE - timedelta(hours=12), ISSUE - timedelta(hours=10))
    late.loc[hours, "load_realtime_known_at_utc"] = ISSUE + timedelta(minutes=1)
    found = issue(champion, replace(inputs, national=late))
    assert found["ours"].degraded == "load of 3 of the last 168 hours unknown, newest known: 2023-11-02T09:00Z"


def test_no_load_for_two_weeks_is_told_and_survived(champion, inputs):
    gap = fake_marts.without_load(inputs, ISSUE - timedelta(days=8), ISSUE)
    found = issue(champion, gap)
    assert found["ours"].degraded == "load of 168 of the last 168 hours unknown, newest known: none of them"
    assert len(found["ours"].curve) == 24


def test_a_missing_city_is_told_and_stood_in_for(champion, inputs):
    gone = fake_marts.without_weather(inputs, datetime(2023, 11, 2, 23, tzinfo=UTC), "lille", "paris")
    found, whole = issue(champion, gone), issue(champion, inputs)
    assert found["ours"].degraded == (
        "weather of lille, paris unknown: taken to differ from the other cities as lately"
    )
    moved = (found["ours"].curve["p50_mw"] - whole["ours"].curve["p50_mw"]).abs()
    assert 0 < moved.max() < 2_500


def test_a_day_without_weather_is_told(champion, inputs):
    gone = fake_marts.without_weather(inputs, datetime(2023, 11, 2, 23, tzinfo=UTC))
    found = issue(champion, gone)
    assert found["ours"].degraded == ("weather of 24 of the day's 24 hours unknown: that of the day before stands in")


def test_without_weather_for_longer_than_a_week_it_refuses(champion, inputs):
    gone = fake_marts.without_weather(inputs, datetime(2023, 10, 20, 22, tzinfo=UTC))
    with pytest.raises(ConsoError, match="No weather forecast is known for 2023-11-03"):
        issue(champion, gone)


def test_never_any_rte_forecast_trains_ours_alone(inputs):
    alone = train(fake_marts.without_rte(inputs, datetime(2023, 1, 1, tzinfo=UTC)))
    assert alone.metadata["models"] == ["ours"]
    assert "combined" not in alone.scores
    champion = Champion.from_files("1", alone.files)
    assert set(champion.forecast(inputs, TARGET)) == {"ours"}


def test_too_little_history_is_refused():
    inputs = fake_marts.make(date(2023, 6, 1), date(2023, 10, 27))
    with pytest.raises(ConsoError, match=r"146 days .* are too few .* 240 are needed"):
        train(inputs)


# -- forest --------------------------------------------------------------------------------------------------------


def test_onnx_runtime_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    rows = rng.normal(0, 500, (4_000, 12))
    residual = rows[:, 0] * 0.5 + np.abs(rows[:, 1]) + rng.normal(0, 100, len(rows))
    fitted = forest.fit(rows, residual, forest.ForestSpec(trees=30))
    ours = forest.OnnxForest(forest.to_onnx(fitted, 12)).predict(rows)
    theirs = fitted.predict(rows.astype(np.float32))
    linear = 50_000.0
    assert np.abs((linear + ours) / (linear + theirs) - 1).max() < 1e-7
    assert np.allclose(ours, theirs, rtol=1e-4, atol=1e-2)


def test_the_same_rows_give_the_same_forest():
    rng = np.random.default_rng(0)
    rows, residual = rng.normal(size=(500, 5)), rng.normal(size=500)
    first, second = (forest.to_onnx(forest.fit(rows, residual, SMALL), 5) for _ in range(2))
    assert first == second


def test_models_are_listed_in_the_metadata(trained):
    assert trained.metadata["models"] == list(backtest.MODELS)
