"""ENTSO-E, Open-Meteo, calendars: small exports in, rows of the contracts out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from conso.errors import SourceError
from ingest import entsoe, open_meteo, public_holidays, school_calendar
from ingest.received import read_csv
from tests.fakes import fake_exports as fake

pytestmark = pytest.mark.unit

DAY = datetime(2024, 7, 1, tzinfo=UTC)


def test_entsoe_gives_one_row_per_quantity_and_leaves_out_what_was_not_published():
    lines = [
        fake.entsoe_line(DAY, 60, 48_000, 47_500),
        fake.entsoe_line(DAY + timedelta(hours=1), 60, 46_000, "N/A"),
        fake.entsoe_line(DAY + timedelta(hours=2), 60, "-", "n/e"),
    ]
    batch = entsoe.parse_total_load(read_csv(fake.entsoe(lines), "e.csv"))
    values = [(row["quantity"], row["interval_start_utc"].hour, row["value_mw"]) for row in batch.rows.to_pylist()]
    assert sorted(values) == [
        ("actual", 0, 47_500),
        ("day_ahead_forecast", 0, 48_000),
        ("day_ahead_forecast", 1, 46_000),
    ]
    assert (batch.read, batch.blank, batch.rejects) == (6, 3, ())


def test_entsoe_times_known_follow_the_timetable():
    batch = entsoe.parse_total_load(read_csv(fake.entsoe([fake.entsoe_line(DAY, 15, 48_000, 47_500)]), "e.csv"))
    known = {row["quantity"]: (row["step_minutes"], row["known_at_utc"]) for row in batch.rows.to_pylist()}
    assert known == {
        # 00:00Z is 02:00 of 1 July in Paris: its forecast stands from 30 June, 10:00 in Paris.
        "day_ahead_forecast": (15, datetime(2024, 6, 30, 8, tzinfo=UTC)),
        "actual": (15, DAY + timedelta(minutes=75)),
    }


def test_entsoe_refuses_another_zone_another_clock_and_impossible_steps():
    data = fake.entsoe_hours(DAY, 1)
    with pytest.raises(SourceError, match=r"is not of BZN\|FR"):
        entsoe.parse_total_load(read_csv(data.replace(b"BZN|FR", b"BZN|BE"), "e.csv"))
    with pytest.raises(SourceError, match=r"no column 'Time \(UTC\)'"):
        entsoe.parse_total_load(read_csv(data.replace(b"Time (UTC)", b"Time (CET/CEST)"), "e.csv"))
    batch = entsoe.parse_total_load(read_csv(fake.entsoe([fake.entsoe_line(DAY, 45, 48_000, 47_500)]), "e.csv"))
    assert {reject.reason for reject in batch.rejects} == {"unreadable_value"}


def test_a_wrong_actual_inside_the_range_is_taken_as_published():
    lines = [fake.entsoe_line(DAY + timedelta(hours=n), 60, 69_000, v) for n, v in enumerate((70_233, 51_088, 24_000))]
    batch = entsoe.parse_total_load(read_csv(fake.entsoe(lines), "e.csv"))
    actual = [row["value_mw"] for row in batch.rows.to_pylist() if row["quantity"] == "actual"]
    assert actual == [70_233, 51_088]
    assert [reject.expected for reject in batch.rejects] == ["value_mw between 25000 and 105000"]


def test_weather_takes_its_city_from_the_name_and_counts_blank_hours():
    batch = open_meteo.parse_parquet(fake.weather(DAY, 4, blank=2), "meteo/weather_lyon.parquet")
    first, _ = batch.rows.to_pylist()
    assert (first["city"], first["weather_kind"], first["valid_at_utc"]) == (
        "lyon",
        "archived_forecast",
        DAY + timedelta(hours=2),
    )
    assert batch.blank == 2
    assert first["known_at_utc"] == datetime(2024, 6, 30, 6, tzinfo=UTC)
    assert first["temperature_2m_c"] == 7.3  # 32 bits of 7.3 are not 7.3000001907348633


def test_weather_of_no_known_city_or_without_a_variable_is_refused():
    with pytest.raises(SourceError, match="tells no city that we know"):
        open_meteo.parse_parquet(fake.weather(DAY, 1), "weather_atlantis.parquet")
    with pytest.raises(SourceError, match="not a whole parquet file"):
        open_meteo.parse_parquet(fake.weather(DAY, 1)[:-40], "weather_lyon.parquet")


def place(city="lyon", **changes: object):
    return fake.open_meteo_place(*open_meteo.CITIES[city], ["2024-07-01T00:00", "2024-07-01T01:00"], **changes)


def parse(body, cities=("lyon",), kind="forecast"):
    return open_meteo.parse_json(json.dumps(body).encode(), "api", cities, kind)


def test_weather_json_of_one_and_of_several_places():
    one = parse(place())
    assert one.rows["valid_at_utc"].to_pylist() == [DAY, DAY + timedelta(hours=1)]
    assert one.rows["known_at_utc"].null_count == 2  # a forecast is known from when it is fetched
    several = parse([place(), place("brest")], ("lyon", "brest"), "archived_forecast")
    assert several.rows["city"].to_pylist() == ["lyon", "lyon", "brest", "brest"]
    assert several.rows["known_at_utc"].null_count == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (place("brest"), "expected lyon"),
        (place(hourly_units={"temperature_2m": "°F"}), "temperature_2m of lyon in '°F'; expected '°C'"),
        (place(utc_offset_seconds=7200), "7200 s off UTC"),
        (place(hourly={"time": []}), "no `hourly` object"),
        ([place(), place()], "an answer for 2 places; expected 1"),
    ],
)
def test_weather_json_of_another_place_unit_or_clock_is_refused(body, message):
    with pytest.raises(SourceError, match=message):
        parse(body)


def test_school_holidays_are_civil_days_of_paris():
    batch = school_calendar.parse(read_csv(fake.school_calendar(), "school.csv"))
    winter, summer = batch.rows.to_pylist()
    assert (winter["start_date_paris"], winter["resume_date_paris"]) == (date(2024, 12, 21), date(2025, 1, 6))
    assert (summer["start_date_paris"], summer["resume_date_paris"]) == (date(2025, 7, 5), date(2025, 9, 1))
    assert winter["known_at_utc"] == datetime(2023, 9, 1, tzinfo=UTC)


def test_school_holidays_that_end_before_they_start_are_refused():
    row = "Pont;-;2024-05-08T22:00:00+00:00;2024-05-01T22:00:00+00:00;Lyon;Zone A;2023-2024"
    (reject,) = school_calendar.parse(read_csv(fake.school_calendar([row]), "school.csv")).rejects
    assert reject.reason == "unreadable_value"


def test_public_holidays_of_the_file_and_of_the_law_bear_the_same_names():
    rows = ["2024-05-01,2024,Métropole,1er mai", "2024-05-09,2024,Métropole,Ascension", "x,2024,Métropole,y"]
    batch = public_holidays.parse(read_csv(fake.public_holidays(rows), "etalab.csv"))
    from_file = {(row["date_paris"], row["name"]) for row in batch.rows.to_pylist()}
    assert from_file < set(public_holidays.holidays_by_law(2024))
    assert [reject.row_number for reject in batch.rejects] == [3]


def test_law_gives_eleven_days_a_year_and_fills_only_what_is_missing():
    days = public_holidays.holidays_by_law(2027)
    assert {year: sum(day.year == year for day, _ in days) for year in (2012, 2016, 2027)} == {
        2012: 11,
        2016: 11,
        2027: 11,
    }
    already = frozenset(day for day, _ in days if day.year < 2027)
    batch = public_holidays.batch_by_law(2027, already)
    assert batch.rows.num_rows == 11
    assert set(batch.rows["basis"].to_pylist()) == {"law"}
