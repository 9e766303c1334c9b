"""Sample marts for the tests of the reports: small, regular, by the contract of docs/data-model.md."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conso import database

if TYPE_CHECKING:
    from conso.settings import Settings

pytestmark = pytest.mark.integration

DATA_MODEL = Path(__file__).parents[2] / "docs" / "data-model.md"
CLOCK = datetime(2026, 4, 14, 10, tzinfo=UTC)

SAMPLE = """
create schema if not exists marts;

create table marts.dim_calendar_day as
select
    d::date as date_paris,
    d::timestamp at time zone 'Europe/Paris' as day_start_utc,
    (d + interval '1 day')::timestamp at time zone 'Europe/Paris' as day_end_utc,
    (extract(epoch from (d + interval '1 day')::timestamp at time zone 'Europe/Paris'
        - d::timestamp at time zone 'Europe/Paris') / 3600)::int as day_hours,
    extract(isodow from d)::int as iso_weekday,
    extract(isodow from d) > 5 as is_weekend,
    to_char(d, 'MM-DD') in ('01-01', '05-01', '07-14', '11-11', '12-25') as is_public_holiday,
    case when to_char(d, 'MM-DD') = '07-14' then 'Fête nationale' when to_char(d, 'MM-DD') = '12-25' then 'Noël' end
        as public_holiday_name,
    false as is_bridge_day,
    extract(month from d) in (7, 8) as is_school_holiday_zone_a,
    extract(month from d) in (7, 8) as is_school_holiday_zone_b,
    extract(month from d) in (7, 8) as is_school_holiday_zone_c,
    case when extract(month from d) in (7, 8) then 3 else 0 end as school_holiday_zones
from generate_series((%(first)s at time zone 'Europe/Paris')::date::timestamp,
                     (%(last)s at time zone 'Europe/Paris')::date::timestamp, interval '1 day') as d;

create temporary table hours as
select
    h as hour_start_utc,
    h at time zone 'Europe/Paris' as p,
    -- A year and a day of temperature, warmest in July and at 16:00, with weather that comes and goes.
    11 - 8 * cos(2 * pi() * (extract(doy from h) - 15) / 365) - 3 * cos(2 * pi() * (extract(hour from h) - 2) / 24)
        + 3 * sin(extract(epoch from h) / 86400 / 2.7) + 2 * sin(extract(epoch from h) / 86400 / 11) as temp,
    (('x' || substr(md5(h::text), 1, 8))::bit(32)::bigint / 4294967296.0 + 0.5) - 0.5 as noise
from generate_series(%(first)s, %(last)s, interval '1 hour') as h;

create temporary table loads as
select
    *,
    46000 + 2300 * greatest(0, 15 - temp) + 350 * greatest(0, temp - 22)
        + 5200 * sin(2 * pi() * (extract(hour from p) - 8) / 24)
        + 2200 * sin(4 * pi() * (extract(hour from p) - 6) / 24)
        - case when extract(isodow from p) > 5 then 5500 else 0 end + 900 * noise as mw
from hours;

create table marts.fct_national_hourly as
select
    hour_start_utc,
    p as hour_start_paris,
    p::date as date_paris,
    extract(hour from p)::int as hour_paris,
    (extract(epoch from p - hour_start_utc at time zone 'UTC') / 3600)::int as utc_offset_hours,
    p = lag(p) over (order by hour_start_utc) as is_repeated_hour,
    case when hour_start_utc < %(clock)s - interval '1 hour' then round((mw + 900)::numeric, 1)::float8 end as load_mw,
    case when hour_start_utc >= %(clock)s - interval '1 hour' then null
         when hour_start_utc < %(clock)s - interval '300 days' then 'definitive'
         when hour_start_utc < %(clock)s - interval '45 days' then 'consolidee' else 'temps_reel' end as load_status,
    case when hour_start_utc < %(clock)s - interval '1 hour' then 2 else 0 end as load_steps,
    case when hour_start_utc < %(clock)s - interval '1 hour' then round((mw + 900)::numeric, 1)::float8 end
        as energy_mwh,
    case when hour_start_utc < %(clock)s - interval '1 hour' then round(mw::numeric, 1)::float8 end as load_realtime_mw,
    case when hour_start_utc < %(clock)s - interval '1 hour' then hour_start_utc + interval '90 minutes' end
        as load_realtime_known_at_utc,
    round((mw + 700 * sin(extract(epoch from hour_start_utc) / 41000) + 250)::numeric, 1)::float8 as forecast_rte_d1_mw,
    (p::date - 1 + interval '10 hours') at time zone 'Europe/Paris' as forecast_rte_d1_known_at_utc,
    round((mw + 350 * sin(extract(epoch from hour_start_utc) / 41000))::numeric, 1)::float8 as forecast_rte_d_mw,
    round(((mw - 42000) / 450 + case when extract(isodow from p) = 7 and extract(hour from p) between 12 and 15
        then -45 else 0 end + 8 * noise)::numeric, 2)::float8 as price_eur_per_mwh,
    case when hour_start_utc < '2025-09-30 22:00+00' then 60 else 15 end as price_product_minutes,
    hour_start_utc - interval '20 hours' as price_known_at_utc,
    round(temp::numeric, 1)::float8 as temperature_c,
    50.0::float8 as cloud_cover_pct,
    12.0::float8 as wind_speed_km_per_h,
    70.0::float8 as relative_humidity_pct,
    0.0::float8 as precipitation_mm,
    hour_start_utc - interval '20 hours' as weather_known_at_utc,
    10 as weather_cities,
    c.is_public_holiday,
    c.public_holiday_name,
    c.is_bridge_day,
    c.is_school_holiday_zone_a,
    c.is_school_holiday_zone_b,
    c.is_school_holiday_zone_c,
    c.school_holiday_zones,
    c.day_hours,
    %(synthetic)s as is_synthetic
from loads join marts.dim_calendar_day c on c.date_paris = p::date;

create table marts.fct_load_half_hourly as
select
    hour_start_utc + half * interval '30 minutes' as interval_start_utc,
    hour_start_paris + half * interval '30 minutes' as interval_start_paris,
    date_paris,
    load_mw,
    load_status as status,
    case when load_status = 'temps_reel' then 15 else 30 end as step_minutes,
    load_realtime_mw,
    load_realtime_known_at_utc as known_at_utc,
    case load_status when 'definitive' then 3 when 'consolidee' then 2 else 1 end as revisions,
    is_synthetic
from marts.fct_national_hourly, generate_series(0, 1) as half
where load_mw is not null;

create table marts.fct_price_hourly as
select
    hour_start_utc, hour_start_paris, date_paris, price_eur_per_mwh, price_product_minutes as product_minutes,
    price_eur_per_mwh < 0 as is_negative, 9000.0::float8 as volume_mwh, price_known_at_utc as known_at_utc, is_synthetic
from marts.fct_national_hourly;

create table marts.fct_weather_hourly as
select
    city, hour_start_utc, 'archived_forecast' as weather_kind, temperature_c, cloud_cover_pct, wind_speed_km_per_h,
    relative_humidity_pct, precipitation_mm, weather_known_at_utc as known_at_utc, is_synthetic
from marts.fct_national_hourly, unnest(array['lille', 'paris']) as city;

create table marts.fct_forecast as
select
    n.hour_start_utc as target_start_utc,
    i.issued as issued_at_utc,
    m.name as model_name,
    '1' as model_version,
    round(extract(epoch from n.hour_start_utc - i.issued) / 3600)::float8 as horizon_hours,
    n.date_paris,
    round((f.mw - 1400 - 500 * abs(sin(n.hour_paris / 4.0)))::numeric, 1)::float8 as p10_mw,
    round(f.mw::numeric, 1)::float8 as p50_mw,
    round((f.mw + 1300 + 500 * abs(sin(n.hour_paris / 4.0)))::numeric, 1)::float8 as p90_mw,
    null::text as degraded,
    n.load_realtime_mw as observed_mw,
    n.forecast_rte_d1_mw,
    f.mw - n.load_realtime_mw as error_mw,
    n.forecast_rte_d1_mw - n.load_realtime_mw as error_rte_d1_mw,
    n.is_synthetic
from (select %(clock)s - d * interval '1 day' as issued from generate_series(0, 6) as d) as i
join marts.fct_national_hourly n
    on n.date_paris = ((i.issued at time zone 'Europe/Paris')::date + 1)
join loads using (hour_start_utc)
cross join (values ('ours', 300), ('combined', 150)) as m (name, bias)
cross join lateral (select loads.mw + m.bias + 500 * sin(extract(epoch from n.hour_start_utc) / 30000) as mw) as f;

create table marts.fct_backtest as
select
    m.name as model_name,
    n.hour_start_utc as target_start_utc,
    ((n.date_paris - 1) + interval '12 hours') at time zone 'Europe/Paris' as issued_at_utc,
    n.date_paris,
    n.hour_paris,
    case when m.has_band then f.mw - 1600 end as p10_mw,
    f.mw as p50_mw,
    case when m.has_band then f.mw + 1600 end as p90_mw,
    n.load_realtime_mw as observed_mw,
    f.mw - n.load_realtime_mw as error_mw,
    case when m.has_band then n.load_realtime_mw between f.mw - 1600 and f.mw + 1600 end as is_covered
from marts.fct_national_hourly n
join loads using (hour_start_utc)
cross join (values ('ours', 900, true), ('combined', 750, true), ('rte_d1', 1000, false), ('naive_d7', 0, false))
    as m (name, size, has_band)
left join loads as week on week.hour_start_utc = n.hour_start_utc - interval '7 days'
cross join lateral (
    select case when m.name = 'naive_d7' then week.mw
        else loads.mw + m.size * 1.5 * sin(extract(epoch from n.hour_start_utc) / (21000 + m.size)) end as mw
) as f
where n.load_realtime_mw is not null and f.mw is not null
    and n.hour_start_utc >= %(clock)s - interval '1 year';

create table marts.mart_source_freshness as
select
    source, %(clock)s - age as last_measure_at_utc, %(clock)s - interval '10 minutes' as last_retrieved_at_utc,
    rows_loaded, rows_quarantined, %(clock)s::timestamptz as clock_utc,
    (extract(epoch from age) / 3600)::float8 as age_hours, limit_hours,
    extract(epoch from age) / 3600 > limit_hours as is_late, %(synthetic)s as is_synthetic
from (values
    ('odre_national_load', interval '90 minutes', 20000::bigint, 0::bigint, 6),
    ('entsoe_total_load', interval '2 hours', 10000, 0, 6),
    ('open_meteo_weather', interval '-30 hours', 8000, 0, 24),
    ('public_holidays', interval '-200 days', 120, 0, 24 * 400),
    ('school_holidays', interval '-200 days', 90, 0, 24 * 400),
    ('epex_day_ahead_price', interval '60 hours', 9000, 3, 36)
) as f (source, age, rows_loaded, rows_quarantined, limit_hours);
"""


def fill(settings: Settings, *, days: int = 400, synthetic: bool = True) -> None:
    """Make the marts anew with ``days`` days before CLOCK and two after, and a checked run beside them."""
    midnight = CLOCK.replace(hour=0)
    bounds = {
        "first": midnight - timedelta(days=days, hours=2),
        "last": midnight + timedelta(days=2, hours=-3),
        "clock": CLOCK,
    }
    with database.connect(settings) as connection:
        connection.execute("drop schema if exists marts cascade")
        script = SAMPLE.replace("%(synthetic)s", str(synthetic).lower())
        for name, at in bounds.items():
            script = script.replace(f"%({name})s", f"'{at.isoformat()}'::timestamptz")
        connection.execute(script)
        connection.execute(
            """insert into ops.warehouse (world, source, clock_utc, clock_basis) values (%s, 'test', %s, 'data')
               on conflict (singleton) do update
               set world = excluded.world, clock_utc = excluded.clock_utc, clock_basis = excluded.clock_basis""",
            ["demo" if synthetic else "real", CLOCK],
        )
        connection.execute("delete from ops.check_result")
        connection.execute(
            """insert into ops.check_result (run_id, checked_at_utc, table_name, expectation, severity, success)
               select 'run-1', %s, 'raw.odre_national_load', e, 'critical', true
               from unnest(array['load within 25-105 GW', 'no duplicate key']) as e
               union all select 'run-1', %s, 'raw.epex_day_ahead_price', 'price within -500..4000', 'warning', false""",
            [CLOCK, CLOCK],
        )


def contract() -> dict[str, str]:
    """What docs/data-model.md says of each mart."""
    sections = re.split(r"^\*\*marts\.(\w+)\*\*", DATA_MODEL.read_text(), flags=re.MULTILINE)
    return dict(zip(sections[1::2], sections[2::2], strict=True))


def test_the_sample_has_the_columns_of_the_data_model(module_settings: Settings) -> None:
    fill(module_settings, days=10)
    contracts = contract()
    with database.connect(module_settings) as connection:
        rows = connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
        ).fetchall()
    assert {table for table, _ in rows} <= set(contracts)
    for table, column in rows:
        name = re.sub(r"_[bc]$", "_a", column) if "_zone_" in column else column  # written zone_a/_b/_c
        assert re.search(rf"(?<!\w){name}(?!\w)", contracts[table]), f"{table}.{column}"
