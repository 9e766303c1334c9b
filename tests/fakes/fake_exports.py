"""Small exports in the publishers' formats, made here: nothing of it is anybody's data."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
DAILY_HEADER = (
    "Date - Heure;Date;Heure;Consommation brute gaz (MW PCS 0°C) - NaTran;Statut - NaTran;"
    "Consommation brute gaz (MW PCS 0°C) - Teréga;Statut - Teréga;Consommation brute gaz totale (MW PCS 0°C);"
    "Consommation brute électricité (MW) - RTE;Statut - RTE;Consommation brute totale (MW);flag_ignore"
)
ECO2MIX_HEADER = (
    "Périmètre;Nature;Date;Heure;Date - Heure;Consommation (MW);Prévision J-1 (MW);Prévision J (MW);Fioul (MW);"
    "Charbon (MW);Gaz (MW);Nucléaire (MW);Eolien (MW);Solaire (MW);Hydraulique (MW);Pompage (MW);Bioénergies (MW);"
    "Ech. physiques (MW);Taux de CO2 (g/kWh);Ech. comm. Angleterre (MW)"
)
ENTSOE_HEADER = '"Time (UTC)","Day-ahead Total Load Forecast [MW] - BZN|FR","Actual Total Load [MW] - BZN|FR"'
WEATHER_COLUMNS = (
    "temperature_2m",
    "precipitation",
    "wind_speed_10m",
    "cloud_cover",
    "soil_moisture_1_to_3cm",
    "relative_humidity_2m",
)


def daily_line(instant: datetime, load: object, status: str = "Définitif") -> str:
    """A row of consommation-quotidienne-brute; gas stands at full hours only."""
    local = instant.astimezone(PARIS)
    gas = "40000;Définitif;4000;Définitif;44000" if local.minute == 0 else ";;;;"
    return f"{instant:%Y-%m-%dT%H:%M:%S}+00:00;{local:%d/%m/%Y;%H:%M};{gas};{load};{status};;non"


def daily(lines: list[str]) -> bytes:
    """consommation-quotidienne-brute: a byte order mark, semicolons, newest first."""
    return ("\ufeff" + "\n".join([DAILY_HEADER, *lines]) + "\n").encode()


def half_hours(start: datetime, count: int, load: float = 50_000) -> list[str]:
    """Rows of consecutive half-hours, newest first, each with a load of its own."""
    rows = [daily_line(start + timedelta(minutes=30 * n), int(load + n)) for n in range(count)]
    return rows[::-1]


def eco2mix_line(instant: datetime, load: object = 50_000, *, nature: str = "Données temps réel") -> str:
    """A row of national éCO2mix, with the local offset that the CSV export has."""
    local = instant.astimezone(PARIS)
    return (
        f"France;{nature};{local:%Y-%m-%d;%H:%M};{local.isoformat()};{load};49000;49500;100;20;3000;40000;5000;1000;"
        f"7000;-500;800;-4000;35;ND"
    )


def eco2mix_blank(instant: datetime, nature: str = "Données consolidées") -> str:
    """A row without any measure: every other one of the consolidated data."""
    local = instant.astimezone(PARIS)
    return f"France;{nature};{local:%Y-%m-%d;%H:%M};{local.isoformat()}" + ";" * 15


def eco2mix(lines: list[str]) -> bytes:
    """The CSV export of éCO2mix."""
    return ("\n".join([ECO2MIX_HEADER, *lines]) + "\n").encode()


def entsoe_line(start: datetime, minutes: int, forecast: object, actual: object) -> str:
    """A row of ENTSO-E's total load."""
    end = start + timedelta(minutes=minutes)
    return f'"{start:%d.%m.%Y %H:%M} - {end:%d.%m.%Y %H:%M}","{forecast}","{actual}"'


def entsoe(lines: list[str]) -> bytes:
    """The Transparency Platform's CSV."""
    return ("\n".join([ENTSOE_HEADER, *lines]) + "\n").encode()


def entsoe_hours(start: datetime, count: int, load: float = 48_000) -> bytes:
    """Consecutive hours."""
    return entsoe([entsoe_line(start + timedelta(hours=n), 60, load + n, load + n + 100) for n in range(count)])


def weather(start: datetime, hours: int, *, blank: int = 0) -> bytes:
    """A parquet file of one city's hours, the first ``blank`` of them without values, 32-bit floats as downloaded."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    times = [start + timedelta(hours=n) for n in range(hours)]
    columns = {"time": pa.array(times, pa.timestamp("ns", tz="UTC"))}
    for number, name in enumerate(WEATHER_COLUMNS):
        columns[name] = pa.array([None if n < blank else 5.3 + number + n % 24 for n in range(hours)], pa.float32())
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def school_calendar(rows: list[str] | None = None) -> bytes:
    """The ministry's CSV: midnights of Paris as instants in UTC."""
    default = [
        "Vacances de Noël;-;2024-12-20T23:00:00+00:00;2025-01-05T23:00:00+00:00;Lyon;Zone A;2024-2025",
        "Vacances d'Été;-;2025-07-04T22:00:00+00:00;2025-08-31T22:00:00+00:00;Lyon;Zone A;2024-2025",
    ]
    header = "description;population;start_date;end_date;location;zones;annee_scolaire"
    return ("\ufeff" + "\n".join([header, *(default if rows is None else rows)]) + "\n").encode()


def public_holidays(rows: list[str] | None = None) -> bytes:
    """etalab's CSV."""
    default = ["2024-05-01,2024,Métropole,1er mai", "2024-05-09,2024,Métropole,Ascension"]
    return ("\n".join(["date,annee,zone,nom_jour_ferie", *(default if rows is None else rows)]) + "\n").encode()


def day_prices(day: datetime, *, offset: float = 0) -> list[str]:
    """One day (a midnight in Paris) of prices in the start/end form: 23, 24 or 25 rows by the wall clock."""
    start, end = day.astimezone(UTC), (day + timedelta(days=1)).astimezone(UTC)
    rows = []
    for n in range(int((end - start).total_seconds() // 3600)):
        local = (start + timedelta(hours=n)).astimezone(PARIS)
        until = (start + timedelta(hours=n + 1)).astimezone(PARIS)
        rows.append(f"{day:%Y-%m-%d},{local:%H:%M},{until:%H:%M},{offset + n},{5000 + n}.0")
    return rows


def prices(rows: list[str]) -> bytes:
    """Prices in the start/end form."""
    return ("\n".join(["date,start_hour,end_hour,price_euros_mwh,volume_mwh", *rows]) + "\n").encode()


def seen_prices(rows: list[str]) -> bytes:
    """Prices in the form with the time at which they were seen."""
    return ("\n".join(["date,mtu,price_eur_mwh,seen_at", *rows]) + "\n").encode()


def open_meteo_place(latitude: float, longitude: float, times: list[str], **changes: object) -> dict[str, object]:
    """One place of Open-Meteo's JSON."""
    units = ("°C", "mm", "km/h", "%", "m³/m³", "%")
    place: dict[str, object] = {
        "latitude": latitude + 0.02,
        "longitude": longitude - 0.02,
        "utc_offset_seconds": 0,
        "hourly_units": {"time": "iso8601", **dict(zip(WEATHER_COLUMNS, units, strict=True))},
        "hourly": {"time": times, **{name: [5.3] * len(times) for name in WEATHER_COLUMNS}},
    }
    return {**place, **changes}
