"""What an issue time may see, and how missing weather is stood in for."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from ml import panel
from tests.fakes import fake_marts

pytestmark = pytest.mark.unit

FIRST, LAST = date(2023, 3, 20), date(2023, 4, 10)


@pytest.fixture(scope="module")
def inputs():
    return fake_marts.make(FIRST, LAST)


@pytest.fixture(scope="module")
def whole(inputs):
    return panel.build(inputs, FIRST, LAST)


def test_load_can_be_used_from_the_first_issue_that_knows_it(whole):
    day = whole.index_of(date(2023, 4, 5))
    # At noon the hours that began up to 10:00 are known: the issue for the next day uses them, later ones wait a day.
    slots = np.arange(25)
    morning = (slots <= 11) & (slots != 3)
    assert (whole.use_day[day, morning] == day + 1).all()
    assert (whole.use_day[day, slots > 11] == day + 2).all()
    assert whole.use_day[day, 3] == panel.NEVER


def test_load_beyond_the_last_issue_is_never_used(whole):
    assert (whole.use_day[-1] == panel.NEVER).all()


def test_what_its_own_issue_did_not_know_is_not_there(inputs):
    late = inputs.national.copy()
    hour = late["hour_start_utc"] == pd.Timestamp("2023-04-05T10:00Z")
    late.loc[hour, "forecast_rte_d1_known_at_utc"] = pd.Timestamp("2023-04-04T10:01Z")
    weather = inputs.weather.copy()
    of_hour = weather["hour_start_utc"] == pd.Timestamp("2023-04-05T10:00Z")
    weather.loc[of_hour, "known_at_utc"] = pd.Timestamp("2023-04-04T10:01Z")
    weather.loc[of_hour, "temperature_c"] = 99.0
    laid_out = panel.build(replace(inputs, national=late, weather=weather), FIRST, LAST)
    at = laid_out.index_of(date(2023, 4, 5)), 13  # 12:00 Paris
    assert np.isnan(laid_out.rte_gw[at])
    assert laid_out.weather_cities[at] == 0
    assert laid_out.weather["temperature_c"][at] == laid_out.weather["temperature_c"][at[0] - 1, 13]


def test_as_known_at_keeps_nothing_later(inputs):
    at = datetime(2023, 4, 4, 10, tzinfo=UTC)
    known = inputs.as_known_at(at)
    there = known.national["load_realtime_mw"].notna()
    assert (known.national.loc[there, "load_realtime_known_at_utc"] <= at).all()
    there = known.national["forecast_rte_d1_mw"].notna()
    assert (known.national.loc[there, "forecast_rte_d1_known_at_utc"] <= at).all()
    assert (known.weather["known_at_utc"] <= at).all()


def test_a_missing_city_hardly_moves_the_country(inputs, whole):
    start = datetime(2023, 4, 8, 22, tzinfo=UTC)
    gone = panel.build(fake_marts.without_weather(inputs, start, "marseille"), FIRST, LAST)
    today = slice(-2, None)
    moved = np.nanmax(np.abs((gone.weather["temperature_c"] - whole.weather["temperature_c"])[today]))
    assert 0 < moved < 0.25
    assert (gone.weather_cities[today][gone.exists[today]] == 9).all()
    # Left out naively, nine cities would be 3 °C x Marseille's share colder.
    assert np.isfinite(gone.city_differences_c[today][gone.exists[today]]).all()


def test_a_day_without_weather_takes_the_day_before(inputs, whole):
    gone = panel.build(fake_marts.without_weather(inputs, datetime(2023, 4, 9, 22, tzinfo=UTC)), FIRST, LAST)
    exists = gone.exists[-1]
    assert (gone.weather_cities[-1] == 0).all()
    assert np.array_equal(
        gone.weather["temperature_c"][-1][exists], whole.weather["temperature_c"][-2][exists], equal_nan=True
    )


def test_checksum_follows_values_and_times(inputs):
    same = replace(inputs, national=inputs.national.copy())
    assert inputs.checksum() == same.checksum()
    other = inputs.national.copy()
    other.loc[5, "load_realtime_mw"] += 1
    assert replace(inputs, national=other).checksum() != inputs.checksum()
    late = inputs.national.copy()
    late.loc[5, "load_realtime_known_at_utc"] += pd.Timedelta(minutes=1)
    assert replace(inputs, national=late).checksum() != inputs.checksum()
