"""The step `report` on small marts in a real PostgreSQL: the site says what SQL says."""

from __future__ import annotations

import csv
import html
import importlib.util
import io
import multiprocessing
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from conso import database
from conso.errors import ConsoError
from conso.settings import Settings
from conso.steps import StepContext
from reports import formats, publish
from reports import step as report

pytestmark = pytest.mark.integration

GW, MW, TWH, EUR = '#,##0.0, "GW"', '#,##0 "MW"', '#,##0.00 "TWh"', '#,##0.0 "€"'


def load_samples() -> Any:
    path = Path(__file__).with_name("test_reports_marts.py")
    spec = importlib.util.spec_from_file_location("reports_sample_marts", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SAMPLES = load_samples()


def build(settings: Settings) -> Any:
    return report.run(StepContext(settings))


def page(settings: Settings, name: str = "index") -> str:
    return (settings.site_dir / f"{name}.html").read_text()


def text(source: str) -> str:
    """What a reader sees, in one line."""
    body = source[source.index("<main") :]
    plain = html.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", body, flags=re.DOTALL))
    return re.sub(r" (?=[.,])", "", " ".join(plain.replace("\u2019", "'").split()))


def one(settings: Settings, sql: str) -> Any:
    with database.connect(settings) as connection:
        row = connection.execute(sql).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return row


@pytest.fixture(scope="module")
def site(module_settings: Settings) -> Settings:
    SAMPLES.fill(module_settings, days=420)
    build(module_settings)
    return module_settings


def shown(value: float, code: str) -> str:
    return " ".join(formats.write(value, code).split())


# -- figures ---------------------------------------------------------------------------------------------------------


def test_the_overview_shows_the_load_that_was_known_at_the_clock(site: Settings) -> None:
    load, hour = one(
        site,
        """select load_realtime_mw, hour_paris from marts.fct_national_hourly
           where load_realtime_known_at_utc <= '2026-04-14 10:00+00' order by hour_start_utc desc limit 1""",
    )
    seen = text(page(site))
    assert f"Consommation maintenant {shown(load, GW)}" in seen
    assert f"commencée à {hour} h le 14 avril" in seen
    assert "mardi 14 avril 2026, 12:00, heure de Paris" in seen


def test_tomorrows_peak_and_interval_are_those_of_the_forecast(site: Settings) -> None:
    p10, p50, p90, hour = one(
        site,
        """select p10_mw, p50_mw, p90_mw, extract(hour from target_start_utc at time zone 'Europe/Paris')::int
           from marts.fct_forecast where model_name = 'ours' and date_paris = '2026-04-15'
               and issued_at_utc = '2026-04-14 10:00+00' order by p50_mw desc limit 1""",
    )
    rte = one(site, "select max(forecast_rte_d1_mw) from marts.fct_national_hourly where date_paris = '2026-04-15'")[0]
    seen = text(page(site))
    assert f"La pointe est attendue à {hour} h, à {shown(p50, GW)}" in seen
    assert f"entre {shown(p10, '#,##0.0,')} et {shown(p90, GW)}" in seen
    assert f"RTE attend {shown(rte, GW)} au plus haut" in seen
    assert "Demain, mercredi 15 avril 2026" in seen


def test_key_figures_are_those_of_sql(site: Settings) -> None:
    energy = one(
        site,
        """select sum(energy_mwh) / 1e6 from marts.fct_national_hourly
           where date_paris between '2026-04-07' and '2026-04-13'""",
    )[0]
    share, hours = one(
        site,
        """select avg((price_eur_per_mwh < 0)::int)::float8, count(*) from marts.fct_price_hourly
           where hour_start_paris between '2026-03-15 12:00' and '2026-04-14 12:00'""",
    )
    late, sources = one(site, "select count(*) filter (where is_late), count(*) from marts.mart_source_freshness")
    price = one(
        site, "select price_eur_per_mwh from marts.fct_price_hourly where hour_start_paris = '2026-04-14 12:00'"
    )[0]
    seen = text(page(site))
    assert f"jours entiers {shown(energy, TWH)}" in seen
    assert f"30 jours {shown(share, '0.0%')}" in seen
    assert f"sur {hours} heures connues" in seen
    assert f"Sources en retard {late} sur {sources}" in seen
    assert f"par MWh {shown(price, EUR)}" in seen


def test_backtest_errors_are_over_the_same_hours(site: Settings) -> None:
    with database.connect(site) as connection:
        connection.execute(
            "delete from marts.fct_backtest where model_name = 'ours' and target_start_utc < '2025-06-01'"
        )
    build(site)
    with database.connect(site) as connection:
        expected = connection.execute(
            """with common as (select target_start_utc from marts.fct_backtest group by 1 having count(*) = 4)
               select model_name, avg(abs(error_mw)), avg(abs(error_mw) / observed_mw), count(*)
               from marts.fct_backtest join common using (target_start_utc) group by 1"""
        ).fetchall()
    rows = list(csv.DictReader(io.StringIO((site.site_dir / "data/index-tableau_erreurs.csv").read_text())))
    assert {row["model_name"] for row in rows} == {"ours", "combined", "rte_d1", "naive_d7"}
    found = {row["model_name"]: row for row in rows}
    seen = text(page(site))
    for model, mae, mape, hours in expected:
        assert float(found[model]["mae_mw"]) == pytest.approx(mae, abs=1e-5)
        assert int(found[model]["heures"]) == hours
        assert shown(mae, MW) in seen
        assert shown(mape, "pct2") in seen


def test_every_page_says_that_the_data_are_synthetic(site: Settings) -> None:
    for path in site.site_dir.glob("*.html"):
        assert "Données synthétiques." in text(path.read_text()), path.name


def test_real_data_are_not_called_synthetic(settings: Settings) -> None:
    SAMPLES.fill(settings, days=40, synthetic=False)
    build(settings)
    for path in settings.site_dir.glob("*.html"):
        assert "synthétiques" not in text(path.read_text()), path.name


def test_late_sources_and_failed_checks_are_shown(site: Settings) -> None:
    seen = text(page(site))
    assert "1 source(s) en retard" in seen
    assert re.search(r"⚠ En retard Prix de gros \(EPEX SPOT\)", seen)
    assert "2 réussis sur 3" in seen
    assert "price within -500..4000" in seen


# -- a site is whole, or not there -----------------------------------------------------------------------------------


def files(settings: Settings) -> dict[str, bytes]:
    return {
        path.relative_to(settings.site_dir).as_posix(): path.read_bytes()
        for path in settings.site_dir.rglob("*")
        if path.is_file()
    }


def test_the_site_stands_by_itself(site: Settings) -> None:
    for path in site.site_dir.glob("*.html"):
        source = path.read_text()
        for target in re.findall(r'(?:href|src)="([^"#][^"]*)"', source):
            if target.startswith("data:image/svg+xml"):
                continue
            assert not re.match(r"[a-z]+:|/", target), target
            assert (site.site_dir / target.partition("#")[0]).is_file(), target


def test_the_same_warehouse_gives_the_same_bytes_and_is_built_once(site: Settings) -> None:
    build(site)
    before = files(site)
    again = build(site)
    assert again.changed is False
    (site.site_dir / publish.FINGERPRINT_FILE).unlink()
    rebuilt = build(site)
    assert rebuilt.changed is True
    assert files(site) == before
    assert rebuilt.figures["pages"] == 4
    assert rebuilt.figures["overview_gz_bytes"] < 500_000
    assert rebuilt.figures["index"] == str(site.site_dir / "index.html")


def test_a_failed_build_leaves_the_last_good_site(site: Settings) -> None:
    build(site)
    before = files(site)
    with database.connect(site) as connection:
        connection.execute("alter table marts.fct_backtest rename column error_mw to error_gone")
    try:
        with pytest.raises(ConsoError, match=r"sources/warehouse/backtest\.sql: the query fails.*error_mw") as caught:
            build(site)
        assert "conso transform" in caught.value.remedy
    finally:
        with database.connect(site) as connection:
            connection.execute("alter table marts.fct_backtest rename column error_gone to error_mw")
    assert files(site) == before
    assert not list(site.home_dir.glob(".site-being-built-*"))


def _build_slowly(home: Path, url: str) -> None:
    original = publish._swap

    def slow_swap(new: Path, site_dir: Path) -> None:
        (site_dir.parent / "about-to-swap").touch()
        time.sleep(60)
        original(new, site_dir)

    publish._swap = slow_swap
    report.run(StepContext(Settings(home=home, database_url=url)))


def test_a_killed_build_leaves_the_last_good_site(site: Settings) -> None:
    build(site)
    before = files(site)
    with database.connect(site) as connection:
        connection.execute("update marts.mart_source_freshness set rows_loaded = rows_loaded + 1")
    child = multiprocessing.get_context("spawn").Process(
        target=_build_slowly, args=(site.home_dir, database.url(site)), daemon=True
    )
    child.start()
    deadline = time.monotonic() + 60
    while not (site.home_dir / "about-to-swap").exists():
        assert time.monotonic() < deadline
        assert child.is_alive()
        time.sleep(0.1)
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert files(site) == before
    assert build(site).changed is True
    assert files(site) != before
    assert not list(site.home_dir.glob(".site-being-built-*"))


@pytest.mark.parametrize("exchange", [True, False])
def test_publishing_replaces_the_whole_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    if not exchange:
        monkeypatch.setattr(publish, "_exchange", lambda *_: False)
    place = tmp_path / "site"
    with publish.building(place):
        publish.publish({"index.html": b"one", "old/a.txt": b"x"}, place, "1")
        publish.publish({"index.html": b"two"}, place, "2")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        ".fingerprint",
        ".site.lock",
        "index.html",
    ]
    assert publish.published_fingerprint(place) == "2"
    assert (place / "index.html").read_bytes() == b"two"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConsoError, match="The site cannot be written"), publish.building(tmp_path / "file" / "site"):
        pass


# -- nothing yet -----------------------------------------------------------------------------------------------------


def test_without_data_the_site_says_so(settings: Settings) -> None:
    result = build(settings)
    assert result.summary.startswith("no data yet")
    assert "Pas encore de données" in text(page(settings))
    assert build(settings).changed is False
    SAMPLES.fill(settings, days=30)
    assert build(settings).changed is True
    assert "Pas encore de données" not in page(settings)


def test_what_is_missing_is_said_and_not_made_up(settings: Settings) -> None:
    SAMPLES.fill(settings, days=30)
    with database.connect(settings) as connection:
        for table in ("marts.fct_forecast", "marts.fct_backtest", "ops.check_result"):
            connection.execute(f"truncate {table}")  # type: ignore[arg-type]
        connection.execute("update marts.fct_national_hourly set price_eur_per_mwh = null, temperature_c = null")
    build(settings)
    seen = text(page(settings))
    assert "Aucune prévision pour demain" in seen
    assert "Pas encore de rejeu" in seen
    assert "aucun prix connu depuis 400 jours" in seen
    assert "Aucun contrôle n'a encore été passé" in seen
    assert "Pas encore de rejeu" in text(page(settings, "previsions"))
    assert "Aucun jour n'a à la fois" in text(page(settings, "historique"))


def test_a_forecast_of_another_day_is_not_called_tomorrow(settings: Settings) -> None:
    SAMPLES.fill(settings, days=30)
    with database.connect(settings) as connection:
        connection.execute("delete from marts.fct_forecast where issued_at_utc > '2026-04-12 12:00+00'")
    build(settings)
    seen = text(page(settings))
    assert "Pas de prévision pour demain." in seen
    assert "Dernière prévision, lundi 13 avril 2026" in seen


def test_a_forecast_issued_after_the_clock_is_not_shown(settings: Settings) -> None:
    SAMPLES.fill(settings, days=30)
    with database.connect(settings) as connection:
        connection.execute("update marts.mart_source_freshness set clock_utc = '2026-04-14 09:00+00'")
    build(settings)
    assert "Dernière prévision, mardi 14 avril 2026" in text(page(settings))
