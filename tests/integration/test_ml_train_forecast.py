"""The steps `train` and `forecast` on a small synthetic warehouse in a real PostgreSQL."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from conso import database
from conso.errors import ConsoError
from conso.steps import StepContext
from ml import days as civil
from ml import predict, registry, steps, store
from ml.status import champion_summary
from tests.fakes import fake_marts

pytestmark = pytest.mark.integration

CLOCK = datetime(2023, 11, 2, 11, tzinfo=UTC)
DAY = date(2023, 11, 3)


def rows(settings, query):
    with database.connect(settings) as connection:
        return connection.execute(query).fetchall()


def checksum(settings):
    """Of all that the steps write into raw."""
    queries = (
        "select md5(string_agg(t::text, '' order by t::text)) from raw.backtest_run t",
        "select md5(string_agg(t::text, '' order by t::text)) from raw.backtest_forecast t",
        "select md5(string_agg(t::text, '' order by t::text)) from raw.forecast t",
    )
    return [rows(settings, query) for query in queries]


@pytest.fixture(scope="module")
def world(module_settings):
    fake_marts.write(module_settings, fake_marts.make(), CLOCK)
    return module_settings


@pytest.fixture(scope="module")
def trained(world):
    return steps.train(StepContext(world))


@pytest.fixture(scope="module")
def forecast(world, trained):
    return steps.forecast(StepContext(world))


def test_training_registers_a_champion_with_its_backtest(world, trained):
    assert trained.changed
    figures = trained.figures
    assert figures["version"] == "1"
    assert figures["promoted"]
    assert (figures["first_day"], figures["last_day"]) == ("2023-09-03", "2023-11-01")
    assert set(figures["scores"]) == {"ours", "combined", "rte_d1", "naive_d7"}
    assert figures["scores"]["ours"]["mae_mw"] < figures["scores"]["naive_d7"]["mae_mw"]
    assert "on the same" in trained.summary

    ((name, version, synthetic, current),) = rows(
        world, "select model_name, model_version, is_synthetic, is_current from raw.backtest_run"
    )
    assert (name, version, synthetic, current) == ("conso-day-ahead", "1", True, True)
    counted = dict(rows(world, "select model_name, count(*) from raw.backtest_forecast group by 1"))
    assert counted == dict.fromkeys(["ours", "combined", "rte_d1"], 60 * 24 + 1) | {"naive_d7": 60 * 24 + 1}
    assert rows(world, "select count(*) from raw.backtest_forecast where issued_at_utc >= target_start_utc") == [(0,)]
    assert rows(world, "select count(*) from raw.backtest_forecast where p10_mw > p50_mw or p50_mw > p90_mw") == [(0,)]


def test_scores_are_those_of_the_stored_rows(world, trained):
    ((mae,),) = rows(
        world,
        """select avg(abs(p50_mw - observed_mw)) from raw.backtest_forecast
           where model_name = 'ours' and observed_mw is not null""",
    )
    assert mae == pytest.approx(trained.figures["scores"]["ours"]["mae_mw"], abs=0.01)


def test_mlflow_keeps_to_its_own_schema_and_folder(world, trained):
    assert rows(world, "select count(*) from pg_tables where schemaname = 'public'") == [(0,)]
    ((runs,),) = rows(world, "select count(*) from mlflow.runs where status = 'FINISHED'")
    assert runs == 1
    assert not (Path.cwd() / "mlruns").exists()
    entry = registry.champion(world)
    assert (world.mlflow_artifacts_dir / entry.path / "ours.onnx").exists()
    assert entry.tags["data_last_day"] == "2023-11-01"
    assert len(entry.tags["data_sha256"]) == 64


def test_training_again_changes_nothing(world, trained):
    before = checksum(world)
    again = steps.train(StepContext(world))
    assert not again.changed
    assert again.figures["version"] == "1"
    assert again.figures["scores"] == trained.figures["scores"]
    assert checksum(world) == before
    assert rows(world, "select count(*) from mlflow.model_versions") == [(1,)]


def test_a_lost_backtest_is_written_again_without_a_new_version(world, trained):
    before = checksum(world)
    rows(world, "delete from raw.backtest_run returning 1")
    again = steps.train(StepContext(world))
    assert again.changed
    assert again.figures["version"] == "1"
    assert checksum(world) == before
    assert rows(world, "select count(*) from mlflow.model_versions") == [(1,)]


def test_tomorrow_is_issued_once_and_frozen(world, forecast):
    figures = forecast.figures
    assert forecast.changed
    assert figures["target_day"] == DAY.isoformat()
    assert figures["rows_written"] == 48
    assert figures["peak_p10_mw"] < figures["peak_mw"] < figures["peak_p90_mw"]
    assert figures["rte_peak_mw"] is not None
    assert figures["degraded"] is None
    assert forecast.summary.startswith("Fri 03 Nov 2023: peak ")
    before = checksum(world)
    again = steps.forecast(StepContext(world))
    assert not again.changed
    assert checksum(world) == before
    assert {**again.figures, "seconds": 0, "rows_written": 0} == {**figures, "seconds": 0, "rows_written": 0}
    with pytest.raises(psycopg.errors.RaiseException, match="frozen"):
        rows(world, "update raw.forecast set p50_mw = p50_mw + 1 returning 1")


def test_forecast_computed_for_a_request_equals_the_frozen_one_to_the_bit(world, forecast):
    champion = predict.load_champion(world)
    issued = predict.forecast_day(world, champion, DAY)
    begin = datetime(2023, 11, 2, 23, tzinfo=UTC)
    frozen = store.frozen(world, civil.issue_time(DAY), begin, begin + timedelta(days=1))
    for name, rows_of_model in frozen.groupby("model_name"):
        for column in ("p10_mw", "p50_mw", "p90_mw"):
            assert rows_of_model[column].tolist() == issued[name].curve[column].tolist()
        assert set(rows_of_model["model_version"]) == {champion.version}


def test_a_day_whose_issue_lies_ahead_is_refused(world, trained):
    with pytest.raises(ConsoError, match="is issued at 2023-11-03T11:00Z"):
        steps.issue(world, DAY + timedelta(days=1))


def test_status_tells_of_the_champion(world, trained):
    summary = champion_summary(world)
    assert summary["version"] == "1"
    assert summary["mae_mw"]["ours"] == trained.figures["scores"]["ours"]["mae_mw"]
    assert summary["mae_mw"]["rte_d1"] == trained.figures["scores"]["rte_d1"]["mae_mw"]
    assert summary["data_last_day"] == "2023-11-01"
    assert summary["trained_at_utc"].tzinfo is UTC


def test_a_changed_file_is_not_loaded(world, trained):
    entry = registry.champion(world)
    file = world.mlflow_artifacts_dir / entry.path / "ours.onnx"
    content = file.read_bytes()
    try:
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(ConsoError, match=r"ours\.onnx is not the file that was registered"):
            predict.load_champion(world)
        file.unlink()
        with pytest.raises(ConsoError, match="cannot be read"):
            predict.load_champion(world)
    finally:
        file.write_bytes(content)
    assert predict.load_champion(world).version == "1"


# -- worlds of their own -------------------------------------------------------------------------------------------


def test_newer_data_make_a_new_version_that_is_compared_with_the_champion(settings):
    inputs = fake_marts.make()
    fake_marts.write(settings, inputs, CLOCK - timedelta(days=1))
    steps.train(StepContext(settings))
    database.set_clock(settings, CLOCK)
    second = steps.train(StepContext(settings))
    assert second.figures["version"] == "2"
    assert second.figures["comparison"]["hours"] == 59 * 24 + 1
    assert "of version 1 on the same 1417 hours" in second.figures["decision"]
    current = rows(settings, "select model_version from raw.backtest_run where is_current")
    assert current == [("2" if second.figures["promoted"] else "1",)]


def test_a_version_that_somebody_else_registered_is_not_loaded(settings):
    fake_marts.write(settings, fake_marts.make(), CLOCK)
    steps.train(StepContext(settings))
    rows(settings, "delete from mlflow.model_version_tags where key = 'conso.path' returning 1")
    with pytest.raises(ConsoError, match="was not registered by `conso train`"):
        steps.forecast(StepContext(settings))


def test_without_rtes_forecast_ours_is_issued_and_says_so(settings):
    inputs = fake_marts.without_rte(fake_marts.make(), datetime(2023, 11, 2, 23, tzinfo=UTC))
    fake_marts.write(settings, inputs, CLOCK)
    steps.train(StepContext(settings))
    result = steps.forecast(StepContext(settings))
    assert result.figures["rows_written"] == 24
    assert "no combined forecast" in result.figures["degraded"]
    assert "degraded: RTE's forecast" in result.summary
    assert not steps.forecast(StepContext(settings)).changed


def test_before_noon_todays_forecast_is_issued_and_says_so(settings):
    fake_marts.write(settings, fake_marts.make(), CLOCK - timedelta(minutes=1))
    steps.train(StepContext(settings))
    result = steps.forecast(StepContext(settings))
    assert result.figures["target_day"] == "2023-11-02"
    assert "tomorrow's is issued at 12:00 Paris" in result.summary


def test_no_champion_no_marts_no_history(settings):
    database.enter_world(settings, "demo", source="demo")
    database.set_clock(settings, CLOCK)
    assert champion_summary(settings) is None
    with pytest.raises(ConsoError, match="no champion") as found:
        steps.forecast(StepContext(settings))
    assert "conso train" in found.value.remedy
    with pytest.raises(ConsoError, match="marts cannot be read") as found:
        steps.train(StepContext(settings))
    assert "conso transform" in found.value.remedy
    fake_marts.write(settings, fake_marts.make(date(2023, 8, 1)), CLOCK)
    with pytest.raises(ConsoError, match="too few to train on"):
        steps.train(StepContext(settings))
