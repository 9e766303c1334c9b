"""The demo's publishers over HTTP: their wire formats, their limits, nothing from after the clock, faults on order."""

from __future__ import annotations

import csv
import io
import itertools
import threading
import time
from datetime import UTC, date, datetime, timedelta

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest

from conso.settings import Settings
from ingest.demo import epex_pages, explore, faults, generator
from ingest.demo.server import DemoServer
from ingest.demo.weather import CITIES
from ingest.epex.errors import NoDataError
from ingest.epex.page import delivery_starts, parse_page

pytestmark = pytest.mark.integration

DATASETS = explore.BASE
HOURLY = "temperature_2m,precipitation,wind_speed_10m,cloud_cover,soil_moisture_1_to_3cm,relative_humidity_2m"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with DemoServer(Settings(home=tmp_path_factory.mktemp("demo"))) as running:
        yield running


def get(url, **params: object):
    return httpx.get(url, params=params, timeout=60)


def odre(server, dataset, what, **params: object):
    answer = get(f"{server.endpoints.odre}{DATASETS}{dataset}/{what}", **params)
    assert answer.status_code == 200, answer.text
    return answer


def csv_rows(text, delimiter=";"):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


# -- ODRÉ -----------------------------------------------------------------------------------------------------------


def test_records_are_pages_of_at_most_a_hundred(server):
    first = odre(server, "eco2mix-national-tr", "records", limit=100, order_by="date_heure desc").json()
    assert set(first) == {"total_count", "results"}
    assert len(first["results"]) == 100
    second = odre(server, "eco2mix-national-tr", "records", limit=5, offset=99, order_by="date_heure desc").json()
    assert second["results"][0] == first["results"][99]
    assert len(odre(server, "eco2mix-national-tr", "records").json()["results"]) == 10
    for limit, offset in ((101, 0), (100, 9_901), ("many", 0)):
        refused = get(f"{server.endpoints.odre}{DATASETS}eco2mix-national-tr/records", limit=limit, offset=offset)
        assert refused.status_code == 400
        assert refused.json()["error_code"] == "InvalidRESTParameterError"


def test_quota_is_told_in_the_headers(server):
    left = [
        int(odre(server, "eco2mix-national-tr", "records", limit=1).headers["X-RateLimit-Remaining"]) for _ in range(2)
    ]
    assert left[0] - left[1] == 1
    assert "X-RateLimit-Limit" in odre(server, "eco2mix-national-tr", "records", limit=1).headers


def test_real_time_rows_have_the_publisher_s_oddities(server):
    rows = odre(server, "eco2mix-national-tr", "exports/json", order_by="date_heure").json()
    assert len(rows[0]) == 41
    newest, before = rows[-1], rows[-2]
    assert newest["date_heure"] == "2026-04-14T09:30:00+00:00"
    measures = [name for name in newest if name not in {"perimetre", "nature", "date", "heure", "date_heure"}]
    assert all(newest[name] is None for name in measures)  # the newest row is blank
    assert isinstance(before["consommation"], int)
    assert (before["date"], before["heure"]) == ("2026-04-14", "11:15")  # Paris wall clock
    assert {row["nature"] for row in rows} == {"Données temps réel"}
    texts = [row["eolien_offshore"] for row in rows[:-1]]
    assert all(isinstance(text, str) for text in texts)
    assert "ND" in texts
    exchanges = {row["heure"][-2:]: row["ech_comm_italie"] for row in rows[:8]}
    assert exchanges["15"] is None
    assert isinstance(exchanges["30"], str)
    steps = {
        datetime.fromisoformat(b["date_heure"]) - datetime.fromisoformat(a["date_heure"])
        for a, b in itertools.pairwise(rows)
    }
    assert steps == {timedelta(minutes=15)}
    assert len([row for row in rows if row["date"] == "2026-03-29"]) == 92


def test_real_time_sources_add_up_to_the_load(server):
    parts = "fioul charbon gaz nucleaire eolien solaire hydraulique pompage bioenergies ech_physiques".split()  # noqa: SIM905
    for row in odre(server, "eco2mix-national-tr", "records", limit=100, order_by="date_heure").json()["results"]:
        batteries = [row["stockage_batterie"], row["destockage_batterie"]]
        if "ND" not in batteries:
            assert sum(row[name] for name in parts) + sum(map(int, batteries)) == row["consommation"]


def test_consolidated_rows_are_half_hours_on_a_grid_of_quarters(server):
    answer = odre(server, "eco2mix-national-cons-def", "exports/csv", order_by="date_heure", timezone="UTC")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = csv_rows(answer.text)
    assert len(rows) == ((date(2026, 3, 1) - date(2023, 4, 1)).days * 24 + 1) * 4  # from summer into winter time
    assert all(row["consommation"] for row in rows[::2])
    assert not any(row["consommation"] or row["prevision_j1"] for row in rows[1::2])
    natures = {row["date"][:4]: row["nature"] for row in rows}
    assert natures["2023"] == natures["2024"] == "Données définitives"
    assert natures["2025"] == natures["2026"] == "Données consolidées"
    assert (rows[0]["date_heure"], rows[0]["heure"]) == ("2023-03-31T22:00:00+00:00", "00:00")
    assert rows[-1]["date_heure"] == "2026-02-28T22:45:00+00:00"
    assert len({row["date_heure"] for row in rows}) == len(rows)
    autumn = [row["heure"] for row in rows if row["date"] == "2024-10-27"]
    assert (len(autumn), autumn.count("02:30")) == (100, 2)  # local labels repeat
    spring = [row["heure"] for row in rows if row["date"] == "2024-03-31"]
    assert (len(spring), spring.count("02:30")) == (92, 0)
    world = generator.generate()
    index = np.searchsorted(world.quarters_utc, np.datetime64("2024-01-15T18:00", "m"))
    (shown,) = [row for row in rows if row["date_heure"] == "2024-01-15T18:00:00+00:00"]
    assert int(shown["consommation"]) == round(world.load.definitive[index : index + 2].mean())


def test_exports_filter_select_label_and_shift_as_asked(server):
    answer = odre(
        server,
        "eco2mix-national-cons-def",
        "exports/csv",
        select="date_heure,consommation",
        where="date_heure >= date'2025-10-26T00:00:00Z' and date_heure < date'2025-10-26T02:00:00Z'"
        " and consommation is not null",
        order_by="date_heure desc",
        timezone="Europe/Paris",
        use_labels="true",
        with_bom="false",
        delimiter=",",
        limit=3,
    )
    assert answer.text.splitlines()[0] == "Date - Heure,Consommation (MW)"
    assert [row["Date - Heure"] for row in csv_rows(answer.text, ",")] == [
        "2025-10-26T02:30:00+01:00",
        "2025-10-26T02:00:00+01:00",
        "2025-10-26T02:30:00+02:00",
    ]
    empty = odre(server, "eco2mix-national-tr", "exports/csv", where="date_heure > date'2027-01-01'", select="nature")
    assert empty.text == "\ufeffnature\n"


def test_parquet_holds_what_json_does(server):
    where = "date = date'2026-04-13'"
    table = pq.read_table(
        io.BytesIO(odre(server, "eco2mix-national-tr", "exports/parquet", where=where, order_by="date_heure").content)
    )
    rows = odre(server, "eco2mix-national-tr", "exports/json", where=where, order_by="date_heure").json()
    assert table.column("consommation").to_pylist() == [row["consommation"] for row in rows]
    assert str(table.schema.field("date_heure").type).startswith("timestamp")
    assert len(rows) == 96


def test_what_the_interface_refuses(server):
    base = server.endpoints.odre + DATASETS
    assert get(base + "eco2mix-national-xx/records").status_code == 404
    assert get(base + "eco2mix-national-tr/exports/xls").status_code == 404
    bad = get(base + "eco2mix-national-tr/records", where="load > 3")
    assert (bad.status_code, bad.json()["error_code"]) == (400, "ODSQLError")
    assert get(base + "eco2mix-national-tr/exports/csv", timezone="Mars/Olympus").status_code == 400
    assert get(server.base_url + "/elsewhere").status_code == 404


# -- calendars ------------------------------------------------------------------------------------------------------


def test_school_calendar_is_in_midnights_of_paris_as_utc(server):
    answer = get(f"{server.endpoints.education}{DATASETS}fr-en-calendrier-scolaire/exports/csv", timezone="UTC")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.text.splitlines()[0].removeprefix("\ufeff") == (
        "description;population;start_date;end_date;location;zones;annee_scolaire"
    )
    rows = csv_rows(answer.text)
    assert {row["zones"] for row in rows} == {"Zone A", "Zone B", "Zone C"}
    assert {row["start_date"][11:] for row in rows} == {"22:00:00+00:00", "23:00:00+00:00"}
    assert {"Besançon", "Lille", "Paris"} <= {row["location"] for row in rows}
    assert {row["population"] for row in rows} == {"-", "Élèves", "Enseignants"}
    assert rows[0]["annee_scolaire"] == "2017-2018"
    assert rows[-1]["annee_scolaire"] == "2026-2027"


def test_public_holidays_are_etalab_s_file(server):
    rows = csv_rows(get(server.endpoints.etalab + "/csv/jours_feries_metropole.csv").text, ",")
    assert list(rows[0]) == ["date", "annee", "zone", "nom_jour_ferie"]
    assert {"date": "2026-04-06", "annee": "2026", "zone": "Métropole", "nom_jour_ferie": "Lundi de Pâques"} in rows
    assert len(rows) == 11 * 26


# -- Open-Meteo -----------------------------------------------------------------------------------------------------


def test_archive_of_one_place_is_an_object_of_several_a_list(server):
    paris = next(city for city in CITIES if city.name == "paris")
    params = {"hourly": HOURLY, "start_date": "2024-02-28", "end_date": "2024-03-01", "timezone": "UTC"}
    url = server.endpoints.open_meteo_archive + "/v1/forecast"
    one = get(url, latitude=48.8566, longitude=2.3522, **params).json()
    assert (one["latitude"], one["utc_offset_seconds"]) == (paris.latitude, 0)
    assert one["hourly_units"]["wind_speed_10m"] == "km/h"
    assert one["hourly_units"]["soil_moisture_1_to_3cm"] == "m³/m³"
    assert (one["hourly"]["time"][0], one["hourly"]["time"][-1]) == ("2024-02-28T00:00", "2024-03-01T23:00")
    assert all(len(one["hourly"][name]) == 72 for name in HOURLY.split(","))
    both = get(url, latitude="48.8566,43.2965", longitude="2.3522,5.3698", **params).json()
    assert both[0] == one
    assert both[1]["hourly"]["temperature_2m"] != one["hourly"]["temperature_2m"]
    world = generator.generate()
    index = np.searchsorted(world.hours_utc, np.datetime64("2024-02-29T12:00", "m"))
    shown = one["hourly"]["temperature_2m"][one["hourly"]["time"].index("2024-02-29T12:00")]
    assert shown == world.weather.published.temperature_2m[index, CITIES.index(paris)]


def test_the_forecast_reaches_three_days_and_no_further(server):
    url = server.endpoints.open_meteo_forecast + "/v1/forecast"
    params = {"latitude": 48.85, "longitude": 2.35, "hourly": "temperature_2m"}
    body = get(url, start_date="2026-04-14", end_date="2026-04-17", **params).json()
    assert (len(body["hourly"]["time"]), body["hourly"]["time"][-1]) == (96, "2026-04-17T23:00")
    assert body == get(url, **params).json() | {"generationtime_ms": body["generationtime_ms"]}
    for wrong in (
        {"end_date": "2026-04-18"},
        {"start_date": "2024-01-01"},
        {"start_date": "2026-04-17", "end_date": "2026-04-15"},
        {"start_date": "today"},
        {"hourly": "nonsense"},
        {"latitude": "48.85,45"},
        {"latitude": 0, "longitude": 0},
        {"timezone": "Europe/Paris"},
    ):
        refused = get(url, **{**params, **wrong})
        assert refused.status_code == 400
        assert refused.json()["error"] is True
        assert refused.json()["reason"]


# -- ENTSO-E --------------------------------------------------------------------------------------------------------


def test_total_load_is_hourly_then_quarterly_and_knows_its_time(server):
    def year(number):
        answer = get(f"{server.endpoints.entsoe}/total-load/{number}.csv")
        return list(csv.reader(io.StringIO(answer.text))) if answer.status_code == 200 else None

    assert year(2022) is None
    assert year(2027) is None
    assert year(2023)[0] == [
        "Time (UTC)",
        "Day-ahead Total Load Forecast [MW] - BZN|FR",
        "Actual Total Load [MW] - BZN|FR",
    ]
    assert year(2023)[1][0] == "31.03.2023 22:00 - 31.03.2023 23:00"
    last_of_2024 = year(2024)
    assert len(last_of_2024) - 1 == 366 * 24 - 1 + 4
    assert last_of_2024[-1][0] == "31.12.2024 23:45 - 01.01.2025 00:00"
    assert len(year(2025)) - 1 == 365 * 96
    now = year(2026)
    assert now[-1][0] == "15.04.2026 21:45 - 15.04.2026 22:00"
    assert all(row[1].isdecimal() for row in now[1:])
    unknown = [row[0][:16] for row in now[1:] if row[2] == "N/A"]
    assert unknown[0] == "14.04.2026 09:00"
    world = generator.generate()
    index = np.searchsorted(world.quarters_utc, np.datetime64("2024-01-15T18:00", "m"))
    (shown,) = [row for row in last_of_2024 if row[0].startswith("15.01.2024 18:00")]
    assert int(shown[2]) == round(world.load.real_time[index : index + 4].mean())
    assert get(f"{server.endpoints.entsoe}/total-load/last.csv").status_code == 404


# -- EPEX SPOT ------------------------------------------------------------------------------------------------------


def price_page(server, day, product=None, **more: object):
    query = {
        "market_area": "FR",
        "auction": "MRC",
        "modality": "Auction",
        "sub_modality": "DayAhead",
        "data_mode": "table",
        "trading_date": day - timedelta(days=1),
        "delivery_date": day,
        **({"product": product} if product else {}),
        **more,
    }
    return get(server.endpoints.epex + "/en/market-results", **query).text


@pytest.mark.parametrize(
    ("day", "product", "rows"),
    [
        (date(2025, 9, 25), 60, 24),
        (date(2025, 10, 1), 15, 96),
        (date(2025, 10, 26), 15, 100),
        (date(2025, 10, 26), 60, 25),
        (date(2026, 3, 29), 60, 23),
        (date(2026, 4, 14), 15, 96),
    ],
)
@pytest.mark.parametrize("script", [{}, {"ajax_form": 1}])
def test_price_pages_read_back_as_the_generator_s_prices(server, day, product, rows, script):
    html = price_page(server, day, product, **script)
    parsed = parse_page(html, delivery_date=day, product_minutes=product, source_ref="demo")
    assert len(parsed) == rows
    world = generator.generate()
    grid, auction = (
        (world.quarters_utc, world.prices.quarter) if product == 15 else (world.hours_utc, world.prices.hour)
    )
    starts = [np.datetime64(start.replace(tzinfo=None), "m") for start in delivery_starts(day, product)]
    assert [row.price_eur_per_mwh for row in parsed] == auction.price[np.searchsorted(grid, starts)].tolist()


@pytest.mark.parametrize(
    ("day", "product"),
    [(date(2026, 4, 15), 15), (date(2025, 9, 30), 15), (date(2025, 9, 24), 60), (date(2026, 1, 1), 30)],
)
def test_prices_that_are_not_there_yet_or_never_were(server, day, product):
    with pytest.raises(NoDataError):
        parse_page(price_page(server, day, product), delivery_date=day, product_minutes=15, source_ref="demo")


def test_a_later_clock_shows_tomorrow_s_prices(tmp_path):
    afternoon = datetime(2026, 4, 14, 11, tzinfo=UTC)
    with DemoServer(Settings(home=tmp_path), clock_utc=afternoon) as later:
        html = price_page(later, date(2026, 4, 15), 15)
    assert parse_page(html, delivery_date=date(2026, 4, 15), product_minutes=15, source_ref="demo")


def test_pages_say_that_they_are_synthetic(server):
    assert epex_pages.NOTE in price_page(server, date(2026, 4, 14), 15)
    assert "Disallow" in get(server.base_url + "/robots.txt").text


# -- the server itself ----------------------------------------------------------------------------------------------


@pytest.mark.fault
def test_faults_come_in_order_and_once(tmp_path):
    prefix = f"/odre{DATASETS}eco2mix-national-tr/records"
    queue = [
        faults.status(429, {"Retry-After": "1"}),
        faults.body("<html>login</html>"),
        faults.Fault("truncate", size=50),
        faults.CLOSE,
        faults.TRUTH,
        faults.Fault("delay", seconds=0.3),
    ]
    with DemoServer(Settings(home=tmp_path), faults={prefix: queue}) as server:
        url = server.endpoints.odre + DATASETS + "eco2mix-national-tr/records"
        refused = get(url)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert get(server.endpoints.etalab + "/csv/jours_feries_metropole.csv").status_code == 200
        assert get(url).text == "<html>login</html>"
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                get(url)
        assert get(url).json()["total_count"]
        started = time.monotonic()
        assert get(url).status_code == 200
        assert time.monotonic() - started >= 0.3
        assert get(url).status_code == 200
        assert [target for target in server.requests if "records" in target] == [prefix] * 7


def test_many_at_once_get_the_same_and_closing_is_quick(tmp_path):
    bodies = []
    with DemoServer(Settings(home=tmp_path)) as server:
        url = f"{server.endpoints.odre}{DATASETS}eco2mix-national-tr/exports/csv"
        threads = [threading.Thread(target=lambda: bodies.append(get(url).content)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        idle = httpx.Client()  # keeps its connection open while the server closes
        idle.get(server.endpoints.etalab + "/csv/jours_feries_metropole.csv")
        started = time.monotonic()
    assert time.monotonic() - started < 1
    idle.close()
    assert len(set(bodies)) == 1
    assert len(bodies) == 4
    log = (tmp_path / "logs" / "demo-server.log").read_text()
    assert log.count("exports/csv") == 4
    with pytest.raises(RuntimeError, match="with"):
        _ = server.base_url
