"""`conso serve` on the demo: what it answers over HTTP, and how it starts and ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from conso import database
from conso.settings import PROJECT_ROOT, Settings
from tests.e2e.commands import conso, conso_command, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

START_TIMEOUT_S = 60
TOMORROW = date(2026, 4, 15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A running `conso serve`, its whole process group and what it says."""

    def __init__(self, home: Path, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                conso_command("serve", "--port", str(self.port)),
                env=environment(home),
                cwd=PROJECT_ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while f"Serving on {self.url}" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def serving(home: Path, log: Path) -> Iterator[Server]:
    server = Server(home, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.kill()
        server.process.wait()


@pytest.fixture(scope="module")
def server(demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(demo.home, tmp_path_factory.mktemp("server") / "log") as running:
        yield running


def post(server: Server, path: str, body: Any = None) -> httpx.Response:
    return httpx.post(f"{server.url}{path}", json={} if body is None else body, timeout=30)


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    return document


def curve(demo, table: str, model: str) -> list[Any]:
    """The frozen forecast of a model, by hour."""
    from psycopg import sql

    query = sql.SQL(
        """select target_start_utc, p10_mw, p50_mw, p90_mw from {}
           where model_name = %s and issued_at_utc = '2026-04-14T10:00Z' order by 1"""
    ).format(sql.Identifier(*table.split(".")))
    with database.connect(demo.settings, read_only=True) as connection:
        return connection.execute(query, [model]).fetchall()


# -- the forecast ---------------------------------------------------------------------------------------------------


def test_the_forecast_served_is_the_one_in_the_warehouse(demo, server: Server) -> None:
    answer = post(server, "/forecast").json()
    assert (answer["day_paris"], answer["frozen"], answer["is_synthetic"]) == (str(TOMORROW), True, True)
    assert answer["data_freshness"]
    for model in ("ours", "combined"):
        served = [(datetime.fromisoformat(hour["target_start_utc"]), *hour[model].values()) for hour in answer["hours"]]
        for table in ("raw.forecast", "marts.fct_forecast"):
            assert served == curve(demo, table, model), (model, table)


def test_computed_again_the_forecast_is_the_frozen_one(demo) -> None:
    from ml.predict import load_champion
    from serving.champion import compute_forecasts

    computed = compute_forecasts(demo.settings, load_champion(demo.settings), TOMORROW)
    for model, forecast in computed.items():
        found = forecast.curve.to_records(index=False).tolist()
        assert [row[1:] for row in found] == [row[1:] for row in curve(demo, "raw.forecast", model)]


def test_a_day_that_was_not_issued_is_computed_and_says_so(demo) -> None:
    import asyncio

    from serving.backend import Backend
    from serving.forecast import forecast_day

    async def ask() -> Any:
        backend = Backend(Settings(home=demo.home, now="2026-04-15T10:00:00+00:00"))
        async with backend.running():
            await backend.champion.refresh()
            return await forecast_day(backend, None)

    answer = asyncio.run(ask())
    assert answer.day_paris == TOMORROW + timedelta(days=1)
    assert (answer.frozen, len(answer.hours)) == (False, 24)
    assert "load of" in answer.degraded


@pytest.mark.parametrize("day", ["2026-04-16", "2026-01-01", "2031-01-01"])
def test_a_day_without_forecast_is_a_404_that_says_why(server: Server, day: str) -> None:
    document = problem(post(server, "/forecast", {"day": day}), 404)
    assert document["errors"][0]["field"] == "day"
    assert day in document["detail"]


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "1066-10-14", 5, None, {"a": 1}])
def test_what_is_no_day_is_refused_by_name(server: Server, day: Any) -> None:
    answer = post(server, "/forecast", {"day": day})
    if day is None:
        assert answer.status_code == 200
    else:
        assert problem(answer, 422)["errors"][0]["field"] == "day"


# -- predictions ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def features(server: Server) -> dict[str, list[dict[str, Any]]]:
    return httpx.get(f"{server.url}/v1/features").json()  # type: ignore[no-any-return]


def middle(features: list[dict[str, Any]]) -> dict[str, float]:
    return {feature["name"]: (feature["minimum"] + feature["maximum"]) // 2 for feature in features}


@pytest.mark.parametrize("model", ["ours", "combined"])
def test_predictions_are_the_champion_s(demo, server: Server, features: Any, model: str) -> None:
    from ml.predict import load_champion

    row = middle(features[model])
    other = dict(reversed({**row, "temperature_c": -5.0}.items()))
    answer = post(server, "/predict", {"model_name": model, "rows": [row, other]})
    assert answer.status_code == 200, answer.text
    names = [feature["name"] for feature in features[model]]
    expected = load_champion(demo.settings).predict_rows([[r[name] for name in names] for r in (row, other)], model)
    served = [tuple(band.values()) for band in answer.json()["predictions"]]
    assert served == [pytest.approx(band) for band in expected]


def test_a_row_that_breaks_the_contract_is_named(server: Server, features: Any) -> None:
    row = middle(features["ours"])
    document = problem(post(server, "/predict", {"rows": [row, {**row, "cloud_pct": 101}]}), 422)
    assert document["errors"] == [
        {
            "field": "cloud_pct",
            "row": 1,
            "pointer": "/rows/1/cloud_pct",
            "detail": "expected a number from 0 to 100 %, found 101",
        }
    ]


def test_batches_have_a_limit_and_bodies_must_be_json(server: Server, features: Any) -> None:
    row = middle(features["ours"])
    assert len(post(server, "/predict", {"rows": [row] * 1000}).json()["predictions"]) == 1000
    assert problem(post(server, "/predict", {"rows": [row] * 1001}), 422)["errors"][0]["field"] == "rows"
    assert problem(post(server, "/predict", {"rows": [row], "colour": 1}), 422)["errors"][0]["field"] == "colour"
    url = f"{server.url}/predict"
    problem(httpx.post(url, content=b'{"rows": [', headers={"Content-Type": "application/json"}), 400)
    problem(httpx.post(url, content=b"rows=1", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415)
    problem(httpx.post(url, content=b"\x80\x04.", headers={"Content-Type": "application/vnd.bentoml+pickle"}), 415)
    problem(httpx.post(url, content=b" " * (5 << 20), headers={"Content-Type": "application/json"}), 413)


# -- around it ------------------------------------------------------------------------------------------------------


def test_metrics_are_prometheus_s_and_unknown_paths_share_a_label(server: Server) -> None:
    for path in ("/x1", "/x2", "/x3"):
        problem(httpx.get(server.url + path), 404)
    families = {
        family.name: family for family in text_string_to_metric_families(httpx.get(f"{server.url}/metrics").text)
    }
    endpoints = {sample.labels["endpoint"] for sample in families["bentoml_service_request"].samples}
    assert {"/forecast", "/predict", "other"} <= endpoints
    assert not {"/x1", "/x2", "/x3"} & endpoints
    assert families["conso_database_up"].samples[0].value == 1
    assert families["conso_is_synthetic"].samples[0].value == 1
    assert families["conso_model_info"].samples[0].labels["version"] == "1"
    assert families["conso_load_records"].samples[0].value > 50_000


def test_the_schema_lists_everything_and_the_site_is_there(server: Server) -> None:
    schema = httpx.get(f"{server.url}/docs.json").json()
    assert {"/forecast", "/predict", "/v1/load", "/v1/scores", "/readyz", "/metrics"} <= schema["paths"].keys()
    home = httpx.get(server.url, follow_redirects=True)
    assert home.url.path == "/site/"
    assert "synthétiques" in home.text


@pytest.mark.browser
def test_the_docs_page_asks_no_other_host(server: Server) -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium, or set CHROMIUM to one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{server.url}/docs")
        page.wait_for_selector("#operations-Forecast-forecast", timeout=15_000)
        browser.close()
    assert [url for url in asked if not url.startswith((server.url, "data:"))] == []
    assert said == []


# -- start and end --------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_an_error_with_a_remedy(demo, server: Server) -> None:
    done = conso(demo.home, "serve", "--port", str(server.port), timeout_s=60)
    assert done.returncode == 1
    assert f"127.0.0.1:{server.port}" in done.stderr
    assert f"--port {server.port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_champion_it_says_what_to_run(settings: Settings) -> None:
    assert settings.database_url is not None
    done = conso(
        settings.home, "serve", "--port", str(free_port()), timeout_s=60,
        CONSO_DATABASE_URL=settings.database_url.get_secret_value(),
    )  # fmt: skip
    assert done.returncode == 1
    assert "conso up" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_cleanly_and_whole(demo, tmp_path: Path, way: signal.Signals) -> None:
    with serving(demo.home, tmp_path / "log") as server:
        family = server.family()
        assert family
        os.killpg(server.process.pid, way)  # a terminal's Ctrl-C reaches the workers too
        server.process.wait(timeout=20)
    assert server.process.returncode in {0, 130}
    assert [process for process in family if process.is_running()] == []
    assert not server.listens()
    assert f"{server.url}/docs" in server.said
    assert "Traceback" not in server.said


@pytest.mark.crash
def test_no_worker_outlives_a_killed_supervisor(demo, tmp_path: Path) -> None:
    with serving(demo.home, tmp_path / "log") as server:
        family = server.family()
        os.kill(server.process.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=15)
        assert alive == []
        assert not server.listens()


@pytest.mark.fault
def test_readiness_follows_the_database(demo, tmp_path: Path) -> None:
    with serving(demo.home, tmp_path / "log") as server:
        database.embedded(demo.settings).stop()
        try:
            assert "database" in problem(httpx.get(f"{server.url}/readyz", timeout=10), 503)["detail"]
            problem(post(server, "/forecast"), 503)
            assert httpx.get(f"{server.url}/livez").status_code == 200
        finally:
            database.start(demo.settings)
        deadline = time.monotonic() + 20
        while httpx.get(f"{server.url}/readyz", timeout=10).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.3)
        assert post(server, "/forecast").status_code == 200
