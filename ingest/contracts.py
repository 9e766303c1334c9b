"""What each raw table holds: the one definition that its DDL, its Arrow schema and its checks are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["text", "integer", "double precision", "boolean", "date", "timestamptz", "jsonb"]

NATIONAL_LOAD_MW = (25_000.0, 105_000.0)
"""France has stood between 28.7 GW (August nights) and 102.1 GW (8 February 2012)."""
PRICE_EUR_PER_MWH = (-500.0, 4_000.0)
"""Harmonised limits of the single day-ahead coupling."""


@dataclass(frozen=True)
class Column:
    """A column: its PostgreSQL type, whether it may be null, and the closed range outside which a row is refused."""

    name: str
    kind: Kind
    comment: str = ""
    nullable: bool = False
    limits: tuple[float, float] | None = None

    @property
    def ddl(self) -> str:
        """The column as ``create table`` wants it."""
        return f"{self.name} {self.kind}" + ("" if self.nullable else " not null")


@dataclass(frozen=True)
class Contract:
    """A raw table: business columns, key (with ``known_at_utc`` the primary key) and the column that tells when."""

    table: str
    comment: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    time_column: str
    stamps: tuple[Column, ...]
    key_tail: tuple[str, ...] = ("known_at_utc",)

    @property
    def name(self) -> str:
        """The table's name with its schema."""
        return f"raw.{self.table}"

    @property
    def business(self) -> tuple[str, ...]:
        """Names of the business columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measured columns: a row in which all of them are null says nothing."""
        return tuple(column.name for column in self.columns if column.kind == "double precision")

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Business columns and stamps, in the table's order."""
        return self.columns + self.stamps

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The key and, for publishers' tables, when the version became known."""
        return self.key + self.key_tail

    @property
    def ddl(self) -> str:
        """``create table if not exists`` with the primary key, columns added since, and the comments."""
        lines = [column.ddl for column in self.all_columns]
        lines.append(f"primary key ({', '.join(self.primary_key)})")
        statements = [
            f"create table if not exists {self.name} (\n  " + ",\n  ".join(lines) + "\n)",
            f"comment on table {self.name} is {_quoted(self.comment)}",
        ]
        # A table of an earlier version gets the columns that were added since.
        statements += [
            f"alter table {self.name} add column if not exists {column.ddl}"
            for column in self.columns
            if column.nullable
        ]
        statements += [
            f"comment on column {self.name}.{column.name} is {_quoted(column.comment)}"
            for column in self.all_columns
            if column.comment
        ]
        return ";\n".join(statements) + ";"

    @property
    def arrow_schema(self) -> pa.Schema:
        """The table as Arrow: microseconds in UTC, 32-bit integers, 64-bit floats."""
        import pyarrow as pa  # noqa: PLC0415 - heavy

        kinds = {
            "text": pa.string(),
            "integer": pa.int32(),
            "double precision": pa.float64(),
            "boolean": pa.bool_(),
            "date": pa.date32(),
            "timestamptz": pa.timestamp("us", tz="UTC"),
            "jsonb": pa.string(),
        }
        return pa.schema(
            [pa.field(column.name, kinds[column.kind], nullable=column.nullable) for column in self.all_columns]
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _measure(name: str, comment: str, limits: tuple[float, float] | None = None) -> Column:
    return Column(name, "double precision", comment, nullable=True, limits=limits)


STAMPS = (
    Column("known_at_utc", "timestamptz", "When this version could be known outside the publisher"),
    Column("known_at_basis", "text", "publisher (it says so), rule (its timetable) or retrieval (when we got it)"),
    Column("retrieved_at_utc", "timestamptz", "When it was loaded"),
    Column("origin", "text", "live, directory or demo"),
    Column("is_synthetic", "boolean", "Made by the demo generator"),
    Column("source_ref", "text", "File or URL that it came from"),
    Column("row_hash", "text", "MD5 of the business columns; an unchanged row is not written again"),
)

NATIONAL_LOAD = Contract(
    table="odre_national_load",
    comment="ODRÉ: national consumption and generation by step, every published version",
    key=("dataset", "status", "interval_start_utc"),
    time_column="interval_start_utc",
    stamps=STAMPS,
    columns=(
        Column("dataset", "text", "eco2mix-national-tr, eco2mix-national-cons-def or consommation-quotidienne-brute"),
        Column("status", "text", "temps_reel, consolidee or definitive"),
        Column("interval_start_utc", "timestamptz", "Start of the step"),
        Column("step_minutes", "integer", "15 or 30"),
        _measure("load_mw", "Consumption", NATIONAL_LOAD_MW),
        _measure("forecast_d1_mw", "RTE's forecast of the day before", NATIONAL_LOAD_MW),
        _measure("forecast_d_mw", "RTE's forecast of the same day", NATIONAL_LOAD_MW),
        _measure("fuel_oil_mw", "Fioul"),
        _measure("coal_mw", "Charbon"),
        _measure("gas_mw", "Gaz"),
        _measure("nuclear_mw", "Nucléaire"),
        _measure("wind_mw", "Éolien"),
        _measure("solar_mw", "Solaire"),
        _measure("hydro_mw", "Hydraulique"),
        _measure("pumping_mw", "Pompage, negative while pumping"),
        _measure("bioenergy_mw", "Bioénergies"),
        _measure("physical_exchange_mw", "Échanges physiques, negative for exports"),
        _measure("co2_rate_g_per_kwh", "Emission rate of the generation in France, g/kWh"),
        _measure("wind_onshore_mw", "Éolien terrestre"),
        _measure("wind_offshore_mw", "Éolien en mer"),
        _measure("exchange_england_mw", "Commercial exchange with England, negative for exports; known by half-hour"),
        _measure("exchange_spain_mw", "Commercial exchange with Spain, negative for exports"),
        _measure("exchange_italy_mw", "Commercial exchange with Italy, negative for exports"),
        _measure("exchange_switzerland_mw", "Commercial exchange with Switzerland, negative for exports"),
        _measure("exchange_germany_belgium_mw", "Commercial exchange with Germany and Belgium, negative for exports"),
        _measure("fuel_oil_turbine_mw", "Fioul, combustion turbines"),
        _measure("fuel_oil_cogeneration_mw", "Fioul, cogeneration"),
        _measure("fuel_oil_other_mw", "Fioul, other"),
        _measure("gas_turbine_mw", "Gaz, combustion turbines"),
        _measure("gas_cogeneration_mw", "Gaz, cogeneration"),
        _measure("gas_combined_cycle_mw", "Gaz, combined cycle"),
        _measure("gas_other_mw", "Gaz, other"),
        _measure("hydro_run_of_river_mw", "Hydraulique, run of river and pondage"),
        _measure("hydro_reservoir_mw", "Hydraulique, reservoirs"),
        _measure("hydro_pumped_storage_mw", "Hydraulique, pumped storage while generating"),
        _measure("bioenergy_waste_mw", "Bioénergies, waste"),
        _measure("bioenergy_biomass_mw", "Bioénergies, biomass"),
        _measure("bioenergy_biogas_mw", "Bioénergies, biogas"),
        _measure("battery_charging_mw", "Batteries while charging, negative"),
        _measure("battery_discharging_mw", "Batteries while discharging"),
    ),
)

ENTSOE_TOTAL_LOAD = Contract(
    table="entsoe_total_load",
    comment="ENTSO-E Transparency, bidding zone FR: RTE's day-ahead forecast and the actual total load",
    key=("quantity", "interval_start_utc", "step_minutes"),
    time_column="interval_start_utc",
    stamps=STAMPS,
    columns=(
        Column("quantity", "text", "day_ahead_forecast or actual"),
        Column("interval_start_utc", "timestamptz", "Start of the step"),
        Column("step_minutes", "integer", "60 or 15"),
        Column("value_mw", "double precision", "Mean power over the step", limits=NATIONAL_LOAD_MW),
    ),
)

WEATHER = Contract(
    table="open_meteo_weather",
    comment="Open-Meteo: hourly weather forecasts of ten cities, archived and current",
    key=("city", "weather_kind", "valid_at_utc"),
    time_column="valid_at_utc",
    stamps=STAMPS,
    columns=(
        Column("city", "text", "City's name in lower case, without accents"),
        Column("weather_kind", "text", "archived_forecast or forecast"),
        Column("valid_at_utc", "timestamptz", "Instant that the values are for"),
        _measure("temperature_2m_c", "Air temperature at 2 m, °C"),
        _measure("precipitation_mm", "Of the hour before, mm"),
        _measure("wind_speed_10m_km_per_h", "Wind speed at 10 m, km/h"),
        _measure("cloud_cover_pct", "Cloud cover, %; as published: the archive of 2021 also has -1 and 101"),
        _measure("soil_moisture_1_to_3cm_m3_per_m3", "Soil moisture at 1 to 3 cm, m³/m³"),
        _measure("relative_humidity_2m_pct", "Relative humidity at 2 m, %"),
    ),
)

PUBLIC_HOLIDAYS = Contract(
    table="public_holidays",
    comment="French public holidays: etalab's file, or computed from article L3133-1 of the Code du travail",
    key=("zone", "date_paris", "name"),
    time_column="date_paris",
    stamps=STAMPS,
    columns=(
        Column("zone", "text", "Métropole, or as in etalab's file"),
        Column("date_paris", "date", "Civil day"),
        Column("name", "text", "As etalab names it"),
        Column("basis", "text", "etalab (its file) or law (Code du travail L3133-1, computed)"),
    ),
)

SCHOOL_HOLIDAYS = Contract(
    table="school_holidays",
    comment="data.education.gouv.fr: school holidays by academy and zone",
    key=("school_year", "zone", "location", "population", "description", "start_date_paris"),
    time_column="start_date_paris",
    stamps=STAMPS,
    columns=(
        Column("school_year", "text", "e.g. 2024-2025"),
        Column("zone", "text", "Zone A, Zone B, Zone C, Corse or a territory overseas"),
        Column("location", "text", "Academy"),
        Column("population", "text", "Whom it concerns; - is everybody"),
        Column("description", "text", "Name of the holidays"),
        Column("start_date_paris", "date", "First day, counted as the publisher does"),
        Column("resume_date_paris", "date", "The day on which classes resume"),
    ),
)

DAY_AHEAD_PRICE = Contract(
    table="epex_day_ahead_price",
    comment="EPEX SPOT day-ahead auction, France",
    key=("product_minutes", "delivery_start_utc"),
    time_column="delivery_start_utc",
    stamps=STAMPS,
    columns=(
        Column("product_minutes", "integer", "60 or 15"),
        Column("delivery_start_utc", "timestamptz", "Start of the delivery"),
        Column("price_eur_per_mwh", "double precision", "EUR/MWh, may be negative", limits=PRICE_EUR_PER_MWH),
        _measure("volume_mwh", "Traded volume, MWh"),
        _measure("buy_volume_mwh", "Bought volume, MWh"),
        _measure("sell_volume_mwh", "Sold volume, MWh"),
    ),
)

QUARANTINE = Contract(
    table="quarantine",
    comment="Rows that broke a contract, as they were received: refused, never repaired",
    key=("source_ref", "row_number", "reason", "row_hash"),
    key_tail=(),
    time_column="detected_at_utc",
    stamps=(),
    columns=(
        Column("table_name", "text", "Raw table that the row was meant for"),
        Column("source_ref", "text", "File or URL that it came from"),
        Column("row_number", "integer", "Position in what was received, from 1 (after the header); 0 is the whole"),
        Column("reason", "text", "Code of the rule that it broke"),
        Column("expected", "text", "What was expected instead"),
        Column("payload", "jsonb", "The row as received"),
        Column("row_hash", "text", "MD5 of payload and expectation"),
        Column("detected_at_utc", "timestamptz", "When it was first refused"),
    ),
)

PUBLISHED = (NATIONAL_LOAD, ENTSOE_TOTAL_LOAD, WEATHER, PUBLIC_HOLIDAYS, SCHOOL_HOLIDAYS, DAY_AHEAD_PRICE)
"""The publishers' tables, in the order in which they are loaded."""

BY_TABLE = {contract.table: contract for contract in PUBLISHED}
