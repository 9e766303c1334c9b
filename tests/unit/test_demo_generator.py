"""The synthetic country is the same each time, and near enough to the real one to try a forecaster on."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ingest.demo import calendars, generator, noise
from ingest.demo.clock import paris_offset_hours, to_paris

pytestmark = pytest.mark.unit

SPAN = slice(np.datetime64("2023-03-31T22:00", "m"), np.datetime64("2026-04-15T22:00", "m"))


@pytest.fixture(scope="module")
def world():
    return generator.generate()


def digest(value, into=None):
    into = into or hashlib.sha256()
    if is_dataclass(value):
        for field in fields(value):
            digest(getattr(value, field.name), into)
    elif isinstance(value, np.ndarray):
        into.update(value.tobytes())
    else:
        into.update(repr(value).encode())
    return into.hexdigest()


def hourly(world, values):
    """Hourly means over the served span, and their Paris wall clock."""
    first, last = np.searchsorted(world.quarters_utc, [SPAN.start, SPAN.stop])
    return values[first:last].reshape(-1, 4).mean(axis=1), to_paris(world.quarters_utc[first:last:4])


def months_of(local):
    return local.astype("datetime64[M]").astype(int) % 12 + 1


def weekday_of(local):
    return (local.astype("datetime64[D]").astype(int) + 3) % 7  # 1970-01-01 was a Thursday


def hour_of(local):
    return (local - local.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)


# -- determinism ----------------------------------------------------------------------------------------------------


def test_same_seed_same_numbers_here_and_in_another_process(world):
    here = digest(world)
    generator.generate.cache_clear()
    assert digest(generator.generate()) == here
    code = (
        "import sys, runpy; digest = runpy.run_path(sys.argv[1])['digest'];"
        "from ingest.demo import generator; print(digest(generator.generate()))"
    )
    other = subprocess.run([sys.executable, "-c", code, __file__], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == here


def test_another_seed_gives_another_country(world):
    other = generator.generate.__wrapped__(world.seed + 1)
    assert not np.allclose(other.load.real_time, world.load.real_time)
    assert np.array_equal(other.civil.weekday, world.civil.weekday)


def test_a_series_does_not_depend_on_how_long_it_is_asked_for():
    long, short = (noise.ar1(7, "a name", (n,), phi=0.97, sd=2.0) for n in (5000, 900))
    assert np.array_equal(long[:900], short)


def test_decay_is_the_recursion_that_it_says():
    values = noise.stream(1, "x").standard_normal((1000, 3))
    slow, state = np.empty_like(values), np.array([1.0, -2.0, 0.5])
    for i, value in enumerate(values):
        state = 0.93 * state + value
        slow[i] = state
    assert np.allclose(noise.decay(values, 0.93, np.array([1.0, -2.0, 0.5])), slow, rtol=1e-12, atol=1e-12)


def test_autoregression_has_the_spread_and_memory_asked_for():
    series = noise.ar1(3, "long", (400_000,), phi=0.9, sd=2.0)
    assert series.std() == pytest.approx(2.0, rel=0.03)
    assert np.corrcoef(series[1:], series[:-1])[0, 1] == pytest.approx(0.9, abs=0.01)


# -- time and calendar ----------------------------------------------------------------------------------------------


def test_offsets_are_those_of_the_time_zone_database(world):
    paris = ZoneInfo("Europe/Paris")
    offsets = paris_offset_hours(world.hours_utc)
    instants = world.hours_utc.astype("datetime64[s]").astype(object)
    expected = [datetime.replace(t, tzinfo=ZoneInfo("UTC")).astimezone(paris).utcoffset() for t in instants]
    assert offsets.tolist() == [offset // timedelta(hours=1) for offset in expected]


def test_days_have_23_24_or_25_hours(world):
    counts = dict(zip(*np.unique(world.civil.day, return_counts=True), strict=True))
    by_date = {world.civil.first_day + timedelta(days=int(day)): int(count) // 4 for day, count in counts.items()}
    assert {
        day: hours for day, hours in by_date.items() if hours != 24 and date(2023, 3, 2) < day < date(2026, 4, 18)
    } == {
        date(2023, 3, 26): 23,
        date(2023, 10, 29): 25,
        date(2024, 3, 31): 23,
        date(2024, 10, 27): 25,
        date(2025, 3, 30): 23,
        date(2025, 10, 26): 25,
        date(2026, 3, 29): 23,
    }


def test_public_holidays_are_the_law_s():
    assert calendars.easter(2024) == date(2024, 3, 31)
    assert calendars.easter(2025) == date(2025, 4, 20)
    assert calendars.easter(2038) == date(2038, 4, 25)
    days = dict(calendars.public_holidays(2026))
    assert len(days) == 11
    assert [name for day, name in calendars.public_holidays(2008) if day == date(2008, 5, 1)] == [
        "1er mai",
        "Ascension",
    ]
    assert days[date(2026, 5, 14)] == "Ascension"
    assert days[date(2026, 5, 25)] == "Lundi de Pentecôte"


def test_public_holidays_agree_with_the_library():
    holidays = pytest.importorskip("holidays")
    for year in range(2012, 2031):
        assert {day for day, _ in calendars.public_holidays(year)} == set(holidays.country_holidays("FR", years=year))


def test_bridge_days():
    assert calendars.is_bridge_day(date(2026, 5, 15))  # Friday after Ascension
    assert calendars.is_bridge_day(date(2026, 7, 13))  # Monday before a Tuesday
    assert not calendars.is_bridge_day(date(2026, 5, 13))
    assert not calendars.is_bridge_day(date(2026, 5, 14))


def test_school_holidays_have_the_decrees_manner():
    year = calendars.school_holidays(2024)
    for period in year:
        assert period.start < period.resume
        assert period.school_year == "2024-2025"
        if period.description.startswith("Vacances"):
            assert period.start.weekday() == 5
    winter = {p.zone: p.start for p in year if p.description == "Vacances d'Hiver"}
    assert len(set(winter.values())) == 3
    assert calendars.zones_on_holiday(date(2024, 12, 25)) == 3
    assert calendars.zones_on_holiday(date(2025, 8, 1)) == 3
    assert calendars.zones_on_holiday(date(2025, 5, 20)) == 0
    winter_weeks = list(calendars.days(date(2025, 2, 1), date(2025, 3, 15)))
    assert {calendars.zones_on_holiday(day) for day in winter_weeks if day.weekday() < 5} == {0, 1, 2}


# -- realism --------------------------------------------------------------------------------------------------------


def test_peaks_and_troughs_are_those_of_the_country(world):
    load, local = hourly(world, world.load.real_time)
    winters = [(np.datetime64(f"{y}-11-01"), np.datetime64(f"{y + 1}-04-01")) for y in (2023, 2024, 2025)]
    peaks = [load[(local >= first) & (local < last)].max() for first, last in winters]
    assert all(74_000 < peak < 90_000 for peak in peaks)
    summer = np.isin(months_of(local), [7, 8])
    night = summer & np.isin(hour_of(local), [3, 4, 5])
    assert 28_000 < load[summer].min() < 33_000
    assert 31_000 < np.median(load[night]) < 36_000
    assert 46_000 < load.mean() < 53_000


def test_weeks_and_days_have_their_shape(world):
    load, local = hourly(world, world.load.real_time)
    may = (months_of(local) == 5) & (local < np.datetime64("2026-05-01"))
    by_kind = {
        name: load[may & np.isin(weekday_of(local), days) & (hour_of(local) == 10)].mean()
        for name, days in {"working": [1, 2, 3], "saturday": [5], "sunday": [6]}.items()
    }
    assert 0.85 < by_kind["saturday"] / by_kind["working"] < 0.95
    assert 0.78 < by_kind["sunday"] / by_kind["working"] < 0.88
    winter = np.isin(months_of(local), [12, 1, 2]) & (weekday_of(local) < 5)
    means = [load[winter & (hour_of(local) == h)].mean() for h in range(24)]
    assert np.argmin(means) in {3, 4}
    assert means[19] > means[16] + 3_000


def test_a_degree_less_in_winter_costs_about_2_400_mw_in_the_evening(world):
    load, local = hourly(world, world.load.real_time)
    temperature = world.weather.national(world.weather.truth.temperature_2m)
    first = np.searchsorted(world.hours_utc, SPAN.start)
    daily = temperature[first : first + len(load)]
    days = local.astype("datetime64[D]").astype(int)
    mean_of_day = np.bincount(days - days[0], daily) / np.bincount(days - days[0])
    chosen = np.isin(months_of(local), [12, 1, 2]) & (weekday_of(local) < 5) & (hour_of(local) == 19)
    slope, _ = np.polyfit(mean_of_day[(days - days[0])[chosen]], load[chosen], 1)
    assert -2_800 < slope < -2_000


def test_the_operator_errs_as_the_real_one(world):
    load, local = hourly(world, world.load.real_time)
    forecast, _ = hourly(world, world.load.forecast_d1)
    intraday, _ = hourly(world, world.load.forecast_d)
    error = forecast - load
    share = np.abs(error) / load
    years = local.astype("datetime64[Y]").astype(int) + 1970
    for year in (2023, 2024, 2025):
        assert 0.015 < share[years == year].mean() < 0.025
    assert 850 < np.abs(error).mean() < 1_150
    assert abs(error.mean()) < 200
    assert np.corrcoef(error[1:], error[:-1])[0, 1] > 0.6
    assert np.corrcoef(error[24:], error[:-24])[0, 1] > 0.15  # habits that last: to be learnt from the last days
    assert np.abs(intraday - load).mean() < 0.65 * np.abs(error).mean()
    first_day = np.datetime64(world.civil.first_day, "D")
    position = (local.astype("datetime64[D]") - first_day).astype(int)
    special = (world.civil.is_holiday + world.civil.is_bridge)[position] > 0
    assert share[special].mean() > 1.15 * share[~special].mean()


def test_a_forecaster_who_learns_can_beat_the_operator(world):
    """Calendar and weather in the generator's own form, the level of the last day: far below the operator's error."""
    from ingest.demo import load as demand

    weather = world.weather
    expected = demand._expected(
        world.quarters_utc,
        world.civil,
        world.hours_utc,
        weather.national(weather.published.temperature_2m),
        weather.national(weather.published.cloud_cover),
        self_consumption=1.0,
    )
    load, local = hourly(world, world.load.real_time)
    model, _ = hourly(world, expected)
    forecast, _ = hourly(world, world.load.forecast_d1)
    ratio = load / model - 1
    level = np.convolve(ratio, np.ones(24) / 24)[: len(ratio)]  # mean of the 24 hours up to each
    issue = np.arange(len(load)) - hour_of(local) - 14  # 10:00 on the day before
    usable = issue >= 24
    learnt = model[usable] * (1 + 0.6 * level[issue[usable]])
    ours = np.abs(learnt - load[usable]).mean()
    assert 400 < ours < 0.7 * np.abs(forecast - load)[usable].mean()


def test_definitive_load_stands_above_real_time(world):
    above = world.load.definitive - world.load.real_time
    assert above.min() >= 599.9
    assert above.max() <= 1300.1
    assert 850 < above.mean() < 1_100


def test_production_meets_the_load(world):
    mix = world.mix
    total = sum(getattr(mix, field.name) for field in fields(mix))
    assert np.allclose(total, world.load.real_time)
    assert (mix.nuclear > 15_000).all()
    assert (mix.nuclear < 62_000).all()
    assert (mix.solar[hour_of(to_paris(world.quarters_utc)) == 0] == 0).all()
    assert (mix.pumping <= 0).all()
    assert mix.exchange.min() >= -18_001
    assert 10 < mix.co2_rate().mean() < 40
    assert (mix.co2_rate() > 0).all()


def test_prices_are_negative_on_sunny_spring_sundays_and_high_on_cold_evenings(world):
    first, last = np.searchsorted(world.quarters_utc, [np.datetime64("2025-09-25", "m"), SPAN.stop])
    price = world.prices.quarter.price[first:last]
    local = to_paris(world.quarters_utc[first:last])
    spring_sunday = (local >= np.datetime64("2026-03-01")) & (weekday_of(local) == 6)
    sundays = np.unique(local[spring_sunday & (price < 0)].astype("datetime64[D]"))
    assert len(sundays) >= 3
    assert set(hour_of(local[spring_sunday & (price < 0)])) <= set(range(8, 20))
    january_evening = (months_of(local) == 1) & (hour_of(local) == 19)
    assert price[january_evening].max() > 120
    assert price[january_evening].mean() > 1.15 * price.mean()
    assert -200 < price.min() < -20
    assert price.max() < 500
    assert 40 < price.mean() < 90
    assert np.allclose(price, np.round(price, 2))
    hour = world.prices.hour.price[first // 4 : last // 4]
    assert np.abs(hour - price.reshape(-1, 4).mean(axis=1)).max() <= 0.00501


def test_weather_is_within_the_climate(world):
    truth, published = world.weather.truth, world.weather.published
    assert -20 < truth.temperature_2m.min() < 0
    assert 30 < truth.temperature_2m.max() < 44
    for percent in (
        truth.cloud_cover,
        truth.relative_humidity_2m,
        published.cloud_cover,
        published.relative_humidity_2m,
    ):
        assert percent.min() >= 0
        assert percent.max() <= 100
    assert (truth.wind_speed_10m > 0).all()
    assert 400 < truth.precipitation.mean() * 8766 < 1_300
    error = published.temperature_2m - truth.temperature_2m
    past = world.hours_utc < np.datetime64("2026-04-14", "m")
    assert 0.4 < error[past].std() < 0.9
    assert error[~past].std() > 1.3 * error[past].std()
    change = np.corrcoef(truth.temperature_2m[1:, 7], truth.temperature_2m[:-1, 7])[0, 1]
    assert change > 0.97
