"""A day of hourly increments with revisions gives the same marts as one build of everything, and costs what changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from conso import as_of, database, transform
from conso.errors import ConsoError, UsageError
from conso.steps import StepContext
from ingest.load import create_tables

if TYPE_CHECKING:
    from conso.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

HOUR, HALF_HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=30), timedelta(minutes=15)
START = datetime(2024, 10, 1, tzinfo=UTC)
DAY = datetime(2024, 10, 26, 12, tzinfo=UTC)
"""The increments go from here over the end of summer time."""
INCREMENTS = 24
HOURS_PER_RUN = 6
"""Runs are fewer than hours to keep this test short; benchmarks/warehouse.py makes one run for every hour."""
MIX = dict.fromkeys(("fuel_oil_mw", "coal_mw", "solar_mw", "pumping_mw"), 0.0) | {
    "gas_mw": 3_000.0,
    "wind_mw": 5_000.0,
    "hydro_mw": 5_000.0,
    "bioenergy_mw": 1_000.0,
    "physical_exchange_mw": -4_000.0,
    "co2_rate_g_per_kwh": 30.0,
}


def put(connection, table, rows):
    """Insert rows (dicts of business columns and known_at_utc); the other stamps have defaults."""
    for row in rows:
        full = {
            "known_at_basis": "rule",
            "retrieved_at_utc": row["known_at_utc"] + timedelta(minutes=3),
            "origin": "directory",
            "is_synthetic": False,
            "source_ref": f"{table}.csv",
            "row_hash": str(row),
            **row,
        }
        names, marks = ", ".join(full), ", ".join(["%s"] * len(full))
        connection.execute(f"insert into raw.{table} ({names}) values ({marks})", list(full.values()))  # noqa: S608


def load(status, start, step, known_at, offset=0.0):
    """One row of éCO2mix that moves with the hour; offset in MW."""
    value = 50_000.0 + 300 * (start.hour - 12) + 11 * start.minute + 7 * start.day + offset
    dataset = "eco2mix-national-tr" if status == "temps_reel" else "eco2mix-national-cons-def"
    return {
        "dataset": dataset,
        "status": status,
        "interval_start_utc": start,
        "step_minutes": step // timedelta(minutes=1),
        "load_mw": value,
        "forecast_d1_mw": value - 250,
        "nuclear_mw": value - 10_000,
        **MIX,
        "known_at_utc": known_at,
    }


def price(start, known_at, eur):
    return {"product_minutes": 60, "delivery_start_utc": start, "price_eur_per_mwh": eur, "known_at_utc": known_at}


def weather(city, start, known_at, temperature):
    return {
        "city": city,
        "weather_kind": "forecast",
        "valid_at_utc": start,
        "temperature_2m_c": temperature,
        "known_at_utc": known_at,
    }


def entsoe(quantity, start, known_at, value):
    return {
        "quantity": quantity,
        "interval_start_utc": start,
        "step_minutes": 60,
        "value_mw": value,
        "known_at_utc": known_at,
    }


def history(connection):
    """Four weeks to ``DAY``: consolidated load for the first two, real time for the rest; weather of two cities."""
    hours = [START + number * HOUR for number in range((DAY - START) // HOUR)]
    middle = START + timedelta(days=14)
    for hour in hours:
        steps = [hour, hour + HALF_HOUR]
        if hour < middle:
            put(connection, "odre_national_load", [load("consolidee", s, HALF_HOUR, DAY - HOUR, 300) for s in steps])
        quarters = [hour + number * QUARTER for number in range(4)]
        rows = [load("temps_reel", quarter, QUARTER, quarter + QUARTER + HALF_HOUR) for quarter in quarters]
        put(connection, "odre_national_load", [row for row in rows if row["known_at_utc"] <= DAY])
        if hour < DAY - 2 * HOUR:
            put(connection, "entsoe_total_load", [entsoe("actual", hour, hour + 2 * HOUR, 50_100 + hour.hour)])
        put(connection, "epex_day_ahead_price", [price(hour, hour - 12 * HOUR, 40.0 + hour.hour - 3 * (hour.day % 17))])
        cities = (("paris", 12.0), ("brest", 10.0))
        put(
            connection,
            "open_meteo_weather",
            [weather(c, hour, hour - 30 * HOUR, t + hour.hour / 4 - hour.day / 8) for c, t in cities],
        )
    holiday = {"zone": "Métropole", "date_paris": "2024-11-01", "name": "Toussaint", "basis": "law"}
    put(connection, "public_holidays", [{**holiday, "known_at_utc": datetime(2023, 9, 1, tzinfo=UTC)}])


def increment(connection, number):
    """What an hourly run finds: new quarters, and every few hours something else that is new, revised or taken back."""
    now = DAY + number * HOUR
    quarters = [now - HOUR + part * QUARTER for part in range(4)]
    put(connection, "odre_national_load", [load("temps_reel", q, QUARTER, now, -20) for q in quarters])
    put(connection, "entsoe_total_load", [entsoe("actual", now - 2 * HOUR, now, 50_300 + number)])
    old = START + timedelta(days=number % 20, hours=number)
    if number % 3 == 0:  # real time rewritten, silently
        put(connection, "odre_national_load", [load("temps_reel", old, QUARTER, now, 77 + number)])
    if number % 4 == 1:  # definitive comes in, and a price is corrected
        put(connection, "odre_national_load", [load("definitive", old, HALF_HOUR, now, 900)])
        put(connection, "epex_day_ahead_price", [price(old, now, -10.0 - number)])
    if number % 5 == 2:  # a consolidated value is taken back
        taken = load("consolidee", START + number * HOUR, HALF_HOUR, now)
        put(connection, "odre_national_load", [{**taken, "load_mw": None, "nuclear_mw": None}])
    if number % 6 == 0:  # a weather run, three days ahead
        ahead = [now + step * HOUR for step in range(1, 72)]
        put(connection, "open_meteo_weather", [weather("paris", h, now, 9 + h.hour / 5 + number / 9) for h in ahead])
    if number == 7:  # tomorrow's prices and RTE's forecast, in one go
        put(connection, "epex_day_ahead_price", [price(now + step * HOUR, now, 30.0 - step) for step in range(5, 30)])
        rows = [entsoe("day_ahead_forecast", now + step * HOUR, now, 49_000 + step) for step in range(5, 30)]
        put(connection, "entsoe_total_load", rows)
    if number == 9:  # an hour that was all real time is blanked whole
        blank = [load("temps_reel", DAY - 5 * HOUR + part * QUARTER, QUARTER, now) for part in range(4)]
        nothing = dict.fromkeys(("load_mw", "forecast_d1_mw", "nuclear_mw"))
        put(connection, "odre_national_load", [{**row, **nothing} for row in blank])
    if number == 13:  # a school calendar turns up
        row = {
            "school_year": "2024-2025", "zone": "Zone A", "location": "Lyon", "population": "-",
            "description": "Vacances de la Toussaint", "start_date_paris": "2024-10-19",
            "resume_date_paris": "2024-11-04", "known_at_utc": now,
        }  # fmt: skip
        put(connection, "school_holidays", [row])


def checksums(settings: Settings) -> dict[str, tuple[int, str]]:
    """Rows and checksum of every table of the layers, but for the bookkeeping of changes."""
    with database.connect(settings, read_only=True) as connection:
        names = connection.execute(
            """select nspname || '.' || relname from pg_class join pg_namespace n on n.oid = relnamespace
               where nspname in ('intermediate', 'marts') and relkind in ('r', 'v')
                 and relname not like 'int_changes__%' order by 1"""
        ).fetchall()
        return {
            name: connection.execute(
                f"select count(*), md5(string_agg(md5(x::text), '' order by md5(x::text))) from {name} as x"  # noqa: S608
            ).fetchone()
            for (name,) in names
        }


@pytest.fixture(scope="module")
def incremented(module_settings):
    """A warehouse that was built on the history and then again and again over a day of hourly increments."""
    create_tables(module_settings)
    database.enter_world(module_settings, "real", source="test")
    database.set_clock(module_settings, DAY + 24 * HOUR)
    with database.connect(module_settings) as connection:
        history(connection)
    transform.run(StepContext(module_settings))
    touched = []
    for number in range(1, INCREMENTS + 1):
        with database.connect(module_settings) as connection:
            increment(connection, number)
        if number % HOURS_PER_RUN:
            continue
        with database.connect(module_settings) as connection:
            before = one(connection, "select max(xmin::text::bigint) from marts.fct_load_half_hourly")
        result = transform.run(StepContext(module_settings))
        assert result.changed
        with database.connect(module_settings) as connection:
            touched.append(
                one(
                    connection,
                    f"select count(*) from marts.fct_load_half_hourly where xmin::text::bigint > {before}",  # noqa: S608
                )
            )
    return module_settings, touched


def one(connection, query):
    (value,) = connection.execute(query).fetchone()
    return value


def test_increments_write_only_what_changed(incremented):
    settings, touched = incremented
    with database.connect(settings) as connection:
        total = one(connection, "select count(*) from marts.fct_load_half_hourly")
        seen = dict(connection.execute("select table_name, row_count from ops.transform_seen").fetchall())
        assert seen["odre_national_load"] == one(connection, "select count(*) from raw.odre_national_load")
    assert total > 1_200
    calendar = touched.pop(13 // HOURS_PER_RUN)  # the calendar may change any day
    assert calendar > 1_200
    assert max(touched) < 200, touched  # three days of weather touch 143 half-hours at most


def test_a_full_refresh_gives_the_same_rows_as_a_day_of_increments(incremented):
    settings, _ = incremented
    before = checksums(settings)
    with database.connect(settings) as connection:
        connection.execute("drop schema marts cascade")
        connection.execute("drop schema intermediate cascade")
    assert transform.run(StepContext(settings)).changed
    after = checksums(settings)
    assert [name for name in before if before[name] != after[name]] == []
    assert set(before) == set(after)
    assert before["marts.mart_load_revisions"][0] >= 4


def test_a_row_that_was_deleted_from_raw_is_gone_after_the_next_build(incremented):
    settings, _ = incremented
    with database.connect(settings) as connection:
        connection.execute("delete from raw.odre_national_load where interval_start_utc = %s", [START + HOUR])
    transform.run(StepContext(settings))
    with database.connect(settings) as connection:
        steps = "select load_steps from marts.fct_national_hourly where hour_start_utc = '2024-10-01 01:00+00'"
        assert one(connection, steps) == 1


def test_as_of_gives_what_was_known_then(incremented):
    settings, _ = incremented
    rewritten = START + timedelta(days=3, hours=3)  # increment 3 rewrote its real-time value
    span = {"first": rewritten.isoformat(), "before": (rewritten + HALF_HOUR).isoformat()}
    consolidated = as_of.run(settings, (DAY + 10 * HOUR).isoformat(), "load", **span)
    realtime = as_of.run(settings, (DAY - 2 * HOUR).isoformat(), "load", **span)
    unknown = as_of.run(settings, rewritten.isoformat(), "load", **span)
    assert [row["status"] for row in consolidated.records()] == ["consolidee"]
    assert [row["status"] for row in realtime.records()] == ["temps_reel"]
    assert unknown.rows == ()
    corrected = START + timedelta(days=1, hours=1)  # increment 1 corrected its price
    prices = [
        as_of.run(settings, at.isoformat(), "price", first=corrected.isoformat(), limit=10_000).records()[0]
        for at in (DAY, DAY + HOUR)
    ]
    assert [row["price_eur_per_mwh"] for row in prices] == [40.0 + 1 - 6, -11.0]
    ahead = as_of.run(settings, (DAY + 6 * HOUR).isoformat(), "weather", limit=1).records()
    assert ahead[0]["hour_start_utc"] == DAY + (6 + 71) * HOUR


def test_as_of_newest_is_the_current_view(incremented):
    settings, _ = incremented
    with database.connect(settings, read_only=True) as connection:
        differing = one(
            connection,
            """select count(*) from marts.load_as_of('2030-01-01 00:00+00') as known
               full join marts.fct_load_half_hourly as built using (interval_start_utc)
               where known.load_mw is distinct from built.load_mw or known.status is distinct from built.status""",
        )
    assert differing == 0


def test_as_of_refuses_what_it_cannot_answer(incremented, settings):
    built, _ = incremented
    with pytest.raises(UsageError, match="no UTC offset"):
        as_of.run(built, "2024-06-01T12:00")
    with pytest.raises(UsageError, match="not an ISO 8601"):
        as_of.run(built, "yesterday")
    with pytest.raises(UsageError, match="Nothing is known") as caught:
        as_of.run(built, "2024-06-01T12:00Z", "gas")
    assert "weather" in caught.value.remedy
    with pytest.raises(ConsoError, match="never built"):
        as_of.run(settings, "2024-06-01T12:00Z")
