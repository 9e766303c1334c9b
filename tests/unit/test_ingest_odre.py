from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from conso.errors import SourceError
from ingest import odre
from ingest.received import read_csv, read_json_rows
from tests.fakes import fake_exports as fake

pytestmark = pytest.mark.unit

WINTER = datetime(2024, 1, 10, 12, tzinfo=UTC)
SPRING = datetime(2024, 3, 31, 1, 30, tzinfo=UTC)


def daily(lines):
    return odre.parse_daily(read_csv(fake.daily(lines), "daily.csv"))


def eco2mix(lines):
    return odre.parse_eco2mix(read_csv(fake.eco2mix(lines), "tr.csv"))


def test_daily_rows_are_half_hours_of_electricity_in_utc():
    batch = daily(fake.half_hours(WINTER, 3))
    newest, *_ = rows = batch.rows.to_pylist()
    assert [row["interval_start_utc"] for row in rows] == [WINTER + timedelta(minutes=m) for m in (60, 30, 0)]
    assert (newest["dataset"], newest["status"], newest["step_minutes"], newest["load_mw"]) == (
        "consommation-quotidienne-brute",
        "definitive",
        30,
        50_002,
    )
    assert newest["known_at_utc"] == datetime(2025, 6, 1, tzinfo=UTC)


def test_consolidated_is_known_from_the_15th_of_the_next_month():
    batch = daily([fake.daily_line(datetime(2024, 1, 31, 23, 30, tzinfo=UTC), 60_000, "Consolidé")])
    # 00:30 of 1 February in Paris.
    assert batch.rows["known_at_utc"].to_pylist() == [datetime(2024, 3, 15, tzinfo=UTC)]


def test_duplicates_of_the_spring_change_are_kept_once_or_refused_both():
    agreeing, conflicting = SPRING - timedelta(minutes=30), SPRING
    batch = daily(
        [
            fake.daily_line(conflicting, 46_619),
            fake.daily_line(conflicting, 44_538),
            fake.daily_line(agreeing, 46_682),
            fake.daily_line(agreeing, 46_682),
            fake.daily_line(SPRING + timedelta(hours=1), 47_000),
        ]
    )
    assert batch.rows["interval_start_utc"].to_pylist() == [agreeing, SPRING + timedelta(hours=1)]
    assert (batch.read, batch.duplicates) == (5, 1)
    assert [(r.row_number, r.reason) for r in batch.rejects] == [
        (1, "conflicting_duplicate"),
        (2, "conflicting_duplicate"),
    ]
    assert batch.rejects[0].payload["Consommation brute électricité (MW) - RTE"] == "46619"


def test_load_outside_25_to_105_gw_is_refused_and_the_bounds_are_not():
    values = (24_999, 25_000, 105_000, 105_001)
    batch = daily([fake.daily_line(WINTER + timedelta(minutes=30 * n), v) for n, v in enumerate(values)])
    assert batch.rows["load_mw"].to_pylist() == [25_000, 105_000]
    assert {r.row_number: r.expected for r in batch.rejects} == {
        1: "load_mw between 25000 and 105000",
        4: "load_mw between 25000 and 105000",
    }


def test_rows_without_electricity_are_blank_not_missing():
    batch = daily([fake.daily_line(WINTER, ""), fake.daily_line(WINTER + timedelta(minutes=30), "50000")])
    assert (batch.rows.num_rows, batch.blank, batch.rejects) == (1, 1, ())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (fake.daily_line(WINTER, "5O000"), "a number in: Consommation brute électricité (MW) - RTE"),
        (fake.daily_line(WINTER, "nan"), "a number in: Consommation brute électricité (MW) - RTE"),
        (fake.daily_line(WINTER, 50_000, "Provisoire"), "status: Définitif or Consolidé"),
        (fake.daily_line(WINTER, 50_000).replace("+00:00", ""), "an instant with its offset from UTC"),
    ],
)
def test_unreadable_rows_are_refused_with_what_was_expected(line, expected):
    (reject,) = daily([line]).rejects
    assert (reject.reason, reject.expected) == ("unreadable_value", expected)


def test_missing_column_is_named():
    data = fake.daily(fake.half_hours(WINTER, 1)).replace(b"Statut - RTE", b"Statut - XYZ")
    with pytest.raises(SourceError, match=r"daily\.csv: the header lacks 'statut_rte'; it has 'Date - Heure'"):
        odre.parse_daily(read_csv(data, "daily.csv"))


def test_eco2mix_real_time_with_local_offsets_and_forecasts():
    batch = eco2mix([fake.eco2mix_line(WINTER + timedelta(minutes=15)), fake.eco2mix_line(WINTER)])
    row = batch.rows.to_pylist()[1]
    assert (row["interval_start_utc"], row["step_minutes"], row["status"]) == (WINTER, 15, "temps_reel")
    assert (row["load_mw"], row["forecast_d1_mw"], row["pumping_mw"], row["co2_rate_g_per_kwh"]) == (
        50_000,
        49_000,
        -500,
        35,
    )
    assert row["dataset"] == "eco2mix-national-tr"
    assert row["known_at_utc"] == WINTER + timedelta(minutes=45)


def test_october_hour_that_repeats_gives_two_instants():
    first = datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    batch = eco2mix([fake.eco2mix_line(first), fake.eco2mix_line(first + timedelta(hours=1))])
    assert batch.rows["interval_start_utc"].to_pylist() == [first, first + timedelta(hours=1)]
    assert (batch.duplicates, batch.rejects) == (0, ())


def test_consolidated_rows_stand_on_a_30_minute_step_and_the_blank_ones_are_counted():
    lines = [
        fake.eco2mix_line(WINTER, nature="Données définitives"),
        fake.eco2mix_blank(WINTER + timedelta(minutes=15)),
    ]
    batch = eco2mix(lines)
    (row,) = batch.rows.to_pylist()
    assert (row["dataset"], row["status"], row["step_minutes"]) == ("eco2mix-national-cons-def", "definitive", 30)
    assert batch.blank == 1


def test_json_export_with_numbers_strings_and_nd():
    row = {
        "perimetre": "France",
        "nature": "Données temps réel",
        "date_heure": "2023-10-01T00:00:00+00:00",
        "consommation": 34_639,
        "prevision_j1": 36_100,
        "eolien": 2547,
        "eolien_offshore": "87",
        "solaire": "ND",
        "ech_comm_espagne": None,
    }
    batch = odre.parse_eco2mix(read_json_rows(json.dumps([row]).encode(), "export.json"))
    (parsed,) = batch.rows.to_pylist()
    assert (parsed["load_mw"], parsed["wind_mw"], parsed["solar_mw"], parsed["coal_mw"]) == (34_639, 2547, None, None)
    records = read_json_rows(json.dumps({"total_count": 1, "results": [row]}).encode(), "records.json")
    assert odre.parse_eco2mix(records).rows.equals(
        batch.rows.set_column(batch.rows.column_names.index("source_ref"), "source_ref", [["records.json"]])
    )


def test_formats_tell_national_from_regional_and_daily():
    national = frozenset({"perimetre", "nature", "date_heure", "consommation", "prevision_j1"})
    assert odre.is_eco2mix(national)
    assert odre.is_eco2mix(national - {"nature"})
    assert not odre.is_eco2mix(national | {"code_insee_region"})
    assert odre.is_regional(frozenset({"Code INSEE région", "Nature", "Consommation (MW)"}))
    assert not odre.is_eco2mix(frozenset({"date_heure", "taux_co2"}))
    assert odre.is_daily(frozenset(fake.DAILY_HEADER.split(";")))


def test_all_41_fields_of_the_record_have_their_column_and_numbers_sent_as_text_are_numbers():
    from ingest.demo.odre import LABELS

    of_the_row = {"perimetre", "nature", "date", "heure", "date_heure"}
    technical = [names[0] for names in odre.ECO2MIX_FIELDS.values()]
    assert len(LABELS) == 41
    assert [*odre.ECO2MIX_FIELDS.values()] == [(name, LABELS[name]) for name in technical]
    assert {*technical} | of_the_row == {*LABELS}
    assert tuple(odre.ECO2MIX_FIELDS) == odre.NATIONAL_LOAD.measures

    record = {name: 100 + n for n, name in enumerate(technical)}
    record |= {"consommation": 50_000, "prevision_j1": 49_000, "prevision_j": 49_500}
    record |= {"stockage_batterie": "-120", "destockage_batterie": "ND", "ech_comm_espagne": None}
    record |= {"perimetre": "France", "nature": "Données temps réel", "date_heure": "2024-01-10T12:00:00+00:00"}
    (row,) = odre.parse_eco2mix(read_json_rows(json.dumps([record]).encode(), "tr.json")).rows.to_pylist()
    assert (row["battery_charging_mw"], row["battery_discharging_mw"], row["exchange_spain_mw"]) == (-120, None, None)
    sent = {field: record[name] for field, (name, _) in odre.ECO2MIX_FIELDS.items() if isinstance(record[name], int)}
    assert {field: row[field] for field in sent} == sent
