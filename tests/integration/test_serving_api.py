"""The REST API and the frozen forecast over a real PostgreSQL, with marts as the contract says."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from pydantic import TypeAdapter

from conso import database
from conso.settings import PROJECT_ROOT, Settings
from serving.app import create_app
from serving.backend import Backend
from serving.datasets import DATASETS, WEATHER
from serving.forecast import forecast_day
from serving.metrics import WarehouseMetrics
from serving.paging import make_cursor
from serving.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from pydantic import BaseModel

pytestmark = pytest.mark.integration

HOUR = timedelta(hours=1)
FIRST = datetime(2026, 3, 28, 23, tzinfo=UTC)  # the civil day of 23 hours begins
TARGET = datetime(2026, 4, 14, 22, tzinfo=UTC)  # 15 April 2026 in France
ISSUED = datetime(2026, 4, 14, 10, tzinfo=UTC)

FRESHNESS = """
insert into marts.mart_source_freshness
    (source, last_measure_at_utc, last_retrieved_at_utc, rows_loaded, rows_quarantined, clock_utc, age_hours,
     limit_hours, is_late, is_synthetic)
values
    ('odre', '2026-04-14T09:00Z', '2026-04-14T09:30Z', 1000, 2, '2026-04-14T10:00Z', 1.0, 3, false, true),
    ('epex', '2026-04-15T21:00Z', '2026-04-14T09:30Z', 48, 0, '2026-04-14T10:00Z', -35.0, 24, false, true)
"""
BACKTEST = """
insert into marts.fct_backtest
    (model_name, target_start_utc, issued_at_utc, date_paris, hour_paris, p10_mw, p50_mw, p90_mw, observed_mw, error_mw,
     is_covered)
select m.name, t, t - interval '20 hours', (t at time zone 'Europe/Paris')::date,
       extract(hour from t at time zone 'Europe/Paris')::int,
       case when m.name = 'ours' then 49000 end, 50000 + m.error, case when m.name = 'ours' then 51000 end, 50000,
       m.error, case when m.name = 'ours' then true end
from (values ('ours', 500.0), ('rte_d1', -1000.0), ('naive_d7', 2000.0)) as m (name, error),
     generate_series('2024-01-30T23:00Z'::timestamptz, '2024-02-01T22:00Z', interval '1 hour') as t
where not (m.name = 'naive_d7' and t < '2024-01-31T00:00Z');  -- one hour that not every model has
"""


def contracts() -> dict[str, dict[str, str]]:
    """Columns and types of every mart, from the contracts that dbt enforces."""
    found = {}
    for path in (PROJECT_ROOT / "warehouse" / "models" / "marts").rglob("*.yml"):
        for model in yaml.safe_load(path.read_text())["models"]:
            found[model["name"]] = {column["name"]: column["data_type"] for column in model["columns"]}
    return found


def create_marts(settings: Settings) -> None:
    with database.connect(settings) as connection:
        connection.execute("create schema marts")
        for name, columns in contracts().items():
            declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table marts.{name} ({declared})")
        connection.execute(FRESHNESS)
        connection.execute(BACKTEST)
        connection.execute(
            """insert into marts.fct_load_half_hourly
                   (interval_start_utc, date_paris, load_mw, status, step_minutes, load_realtime_mw, known_at_utc,
                    revisions, is_synthetic)
               select t, (t at time zone 'Europe/Paris')::date, 50000 + extract(hour from t), 'temps_reel', 30, 49000,
                      t + interval '1 hour', 1, true
               from generate_series(%s::timestamptz, %s::timestamptz, interval '30 minutes') as t""",
            [FIRST, FIRST + 10 * HOUR],
        )
        connection.execute(
            """insert into marts.fct_weather_hourly
                   (hour_start_utc, city, weather_kind, temperature_c, known_at_utc, is_synthetic)
               select t, city, 'archived_forecast', 10, t - interval '1 day', true
               from generate_series(%s::timestamptz, %s::timestamptz, interval '1 hour') as t,
                    unnest(array['paris', 'lyon', 'brest']) as city""",
            [FIRST, FIRST + 4 * HOUR],
        )
        connection.execute(
            """insert into marts.dim_calendar_day
                   (date_paris, day_start_utc, day_end_utc, day_hours, iso_weekday, is_weekend, is_public_holiday,
                    is_bridge_day, is_school_holiday_zone_a, is_school_holiday_zone_b, is_school_holiday_zone_c,
                    school_holiday_zones)
               select d::date, d::timestamp at time zone 'Europe/Paris',
                      (d + interval '1 day')::timestamp at time zone 'Europe/Paris',
                      24, extract(isodow from d), false, false, false, true, false, false, 1
               from generate_series('2026-01-01'::timestamp, '2026-01-10', interval '1 day') as d"""
        )
        connection.execute(
            """insert into marts.fct_price_hourly
                   (hour_start_utc, date_paris, price_eur_per_mwh, product_minutes, is_negative, known_at_utc,
                    is_synthetic)
               values (%s, '2026-03-29', -12.5, 60, true, %s, true)""",
            [FIRST, FIRST - 20 * HOUR],
        )


def freeze_forecast(settings: Settings, issued: datetime, level: float, names: tuple[str, ...]) -> None:
    with database.connect(settings) as connection:
        for name in names:
            connection.execute(
                """insert into raw.forecast
                   select t, %(issued)s, %(name)s, '7', %(level)s - 1000, %(level)s + extract(hour from t),
                          %(level)s + 1000, null, true, %(issued)s
                   from generate_series(%(first)s::timestamptz, %(last)s::timestamptz, interval '1 hour') as t""",
                {"issued": issued, "name": name, "level": level, "first": TARGET, "last": TARGET + 23 * HOUR},
            )


class Api:
    """The application and its backend on an event loop of their own."""

    def __init__(self, settings: Settings) -> None:
        self._runner = asyncio.Runner()
        self.backend = Backend(settings)
        self._app = create_app(self.backend)
        self._lifespan = self._app.router.lifespan_context(self._app)
        self.run(self._lifespan.__aenter__())

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(what)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://test") as client:
                return await client.get(path, params=parameters or None)

        return self.run(ask())  # type: ignore[no-any-return]

    def close(self) -> None:
        self.run(self._lifespan.__aexit__(None, None, None))
        self._runner.close()


@pytest.fixture(scope="module")
def api(module_settings: Settings) -> Iterator[Api]:
    database.enter_world(module_settings, "demo", source="demo")
    database.set_clock(module_settings, ISSUED)
    create_marts(module_settings)
    freeze_forecast(module_settings, ISSUED, 50_000, ("ours", "combined"))
    opened = Api(module_settings)
    yield opened
    opened.close()


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["detail"]
    return document


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda d: d.name)
def test_every_list_answers_as_its_schema_says(api: Api, dataset: Any) -> None:
    answer = api.get(f"/v1/{dataset.name}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"is_synthetic", "next_cursor", "data"}
    assert body["is_synthetic"] is True
    row: type[BaseModel] = dataset.row
    TypeAdapter(list[row]).validate_json(json.dumps(body["data"]))  # type: ignore[valid-type]
    if dataset.name in {"load", "weather", "calendar", "prices"}:
        assert body["data"]


def test_pages_follow_one_another_without_gap_or_overlap(api: Api) -> None:
    whole = api.get("/v1/weather", limit=5000).json()["data"]
    assert len(whole) == 15
    seen: list[Any] = []
    parameters: dict[str, Any] = {"limit": 4}
    while True:
        body = api.get("/v1/weather", **parameters).json()
        seen += body["data"]
        if body["next_cursor"] is None:
            break
        parameters["cursor"] = body["next_cursor"]
    assert seen == whole
    assert [row["hour_start_utc"] for row in seen] == sorted(row["hour_start_utc"] for row in seen)


def test_a_span_is_half_open_and_instants_are_utc(api: Api) -> None:
    rows = api.get("/v1/load", start="2026-03-29", end="2026-03-29T02:00:00+02:00").json()["data"]
    assert [row["interval_start_utc"] for row in rows] == ["2026-03-28T23:00:00Z", "2026-03-28T23:30:00Z"]


def test_filters(api: Api) -> None:
    assert {row["city"] for row in api.get("/v1/weather", city="lyon").json()["data"]} == {"lyon"}
    days = api.get("/v1/calendar", start="2026-01-03", end="2026-01-05").json()["data"]
    assert [day["date_paris"] for day in days] == ["2026-01-03", "2026-01-04"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/load?start=yesterday", "start"),
        ("/v1/load?limit=0", "limit"),
        ("/v1/load?limit=1e9", "limit"),
        ("/v1/load?cursor=AAAA", "cursor"),
        ("/v1/load?start=2024-01-02&end=2024-01-01", "end"),
        ("/v1/load?colour=red", "colour"),
        ("/v1/weather?city=x'%20or%20'1'='1", "city"),
        ("/v1/forecasts?model_name=%00", "model_name"),
        ("/v1/forecasts?model_name='%20or%20true", "model_name"),
        ("/v1/calendar?start=2024-13-01", "start"),
        ("/v1/scores?by=weekday", "by"),
        ("/v1/scores?start=2024-01-02&end=2024-01-01", "end"),
    ],
)
def test_a_bad_parameter_is_named(api: Api, path: str, field: str) -> None:
    assert problem(api.get(path), 422)["errors"][0]["field"] == field


def test_a_forged_cursor_is_a_value_like_any_other(api: Api) -> None:
    row = {"hour_start_utc": FIRST, "city": "' or true; --"}
    assert api.get("/v1/weather", cursor=make_cursor(WEATHER, row)).status_code == 200
    problem(api.get("/v1/weather", cursor=make_cursor(WEATHER, {**row, "city": "\0"})), 422)


def test_other_methods_and_paths_are_problems_too(api: Api) -> None:
    problem(api.get("/v1/nothing"), 404)


def assert_scores_are_ml_s(rows: dict[str, dict[str, Any]], settings: Settings) -> None:
    import pandas as pd

    from ml.scores import score

    with database.connect(settings) as connection:
        cursor = connection.execute("select * from marts.fct_backtest")
        frame = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
    for model, figures in score(frame).items():
        assert {name: rows[model][name] for name in figures} == pytest.approx(figures)


def test_scores_compare_all_models_on_the_same_hours(api: Api, module_settings: Settings) -> None:
    rows = {row["model_name"]: row for row in api.get("/v1/scores").json()["data"]}
    assert {row["hours"] for row in rows.values()} == {47}
    assert rows["ours"]["mae_mw"] == rows["ours"]["rmse_mw"] == 500
    assert rows["ours"]["coverage_80_pct"] == 100
    assert rows["rte_d1"]["bias_mw"] == -1000
    assert rows["naive_d7"]["mape_pct"] == pytest.approx(4)
    assert rows["naive_d7"]["coverage_80_pct"] is None
    assert_scores_are_ml_s(rows, module_settings)
    months = api.get("/v1/scores", by="month").json()["data"]
    assert [(row["group"], row["hours"]) for row in months if row["model_name"] == "ours"] == [
        ("2024-01", 23),
        ("2024-02", 24),
    ]


def test_health_and_status(api: Api) -> None:
    health = api.get("/v1/health").json()
    assert health["clock_utc"] == "2026-04-14T10:00:00Z"
    assert health["is_synthetic"] is True
    assert [row["source"] for row in api.get("/v1/status").json()["data"]] == ["epex", "odre"]


def test_the_frozen_forecast_is_the_warehouse_s_own(api: Api, module_settings: Settings) -> None:
    answer = api.run(forecast_day(api.backend, None))
    assert str(answer.day_paris) == "2026-04-15"
    assert answer.frozen
    assert answer.day_hours == len(answer.hours) == 24
    assert answer.issued_at_utc == ISSUED
    with database.connect(module_settings) as connection:
        held = connection.execute(
            "select target_start_utc, p10_mw, p50_mw, p90_mw from raw.forecast where model_name = 'ours' order by 1"
        ).fetchall()
    assert [(h.target_start_utc, h.ours.p10_mw, h.ours.p50_mw, h.ours.p90_mw) for h in answer.hours] == held
    assert answer.peak.ours.p50_mw == max(row[2] for row in held)
    assert answer.hours[0].horizon_hours == 12
    assert answer.hours[0].target_start_paris.isoformat() == "2026-04-15T00:00:00+02:00"
    assert answer.hours[0].combined is not None


def test_metrics_tell_the_warehouse_s_state(api: Api) -> None:
    text = api.run(WarehouseMetrics(api.backend).text())
    assert "conso_database_up 1.0" in text
    assert "conso_is_synthetic 1.0" in text
    assert "conso_forecast_age_seconds 0.0" in text
    assert "conso_load_records 21.0" in text
    assert 'conso_source_age_hours{source="epex"} -35.0' in text


def test_the_docs_page_and_the_missing_site_ask_no_other_host(api: Api) -> None:
    for path in ("/docs", "/docs.js", "/site/"):
        assert "http" not in api.get(path).text.replace("https://", "http://").replace("http-equiv", "")
    assert api.get("/").headers["location"] == "site/"
    assert api.get("/site/").status_code == 404
    assert "conso report" in api.get("/site/").text


def test_the_site_is_served_as_soon_as_it_is_built(api: Api) -> None:
    site = api.backend.settings.site_dir
    (site / "previsions").mkdir(parents=True)
    (site / "index.html").write_text("<h1>accueil</h1>")
    (site / "previsions" / "index.html").write_text("<h1>prévisions</h1>", encoding="utf-8")
    (site.parent / "secret").write_text("no")
    assert "accueil" in api.get("/site/").text
    assert "prévisions" in api.get("/site/previsions/").text
    problem(api.get("/site/none"), 404)
    problem(api.get("/site/%2e%2e/secret"), 404)


def test_an_empty_warehouse_says_what_to_run(settings: Settings) -> None:
    api = Api(settings)
    try:
        assert "conso up" in problem(api.get("/v1/load"), 503)["detail"]
        health = api.get("/v1/health").json()
        assert health["status"] == "not ready"
    finally:
        api.close()


def test_a_database_that_is_gone_is_a_503_within_seconds(settings: Settings, make_api: Callable[..., Api]) -> None:
    api = make_api(Settings(home=settings.home, database_url="postgresql://x:hunter2@127.0.0.1:9/none"))
    document = problem(api.get("/v1/load"), 503)
    assert "hunter2" not in json.dumps(document)
    text = api.run(WarehouseMetrics(api.backend).text())
    assert "conso_database_up 0.0" in text


@pytest.fixture
def make_api() -> Iterator[Callable[..., Api]]:
    opened: list[Api] = []

    def make(settings: Settings) -> Api:
        opened.append(Api(settings))
        return opened[-1]

    yield make
    for api in opened:
        api.close()


def test_a_day_without_forecast_or_inputs_is_a_404(api: Api) -> None:
    from datetime import date

    with pytest.raises(Problem) as caught:
        api.run(forecast_day(api.backend, date(2026, 5, 1)))
    assert caught.value.status == 404
    assert caught.value.errors[0].field == "day"
