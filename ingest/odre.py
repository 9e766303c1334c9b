"""ODRÉ: national consumption as éCO2mix publishes it (real time, consolidated, definitive) and the daily file.

Publisher: https://odre.opendatasoft.com, Licence Ouverte 2.0. Columns bear French labels in files exported by hand
and technical names in what the API gives.
"""

from __future__ import annotations

from ingest import duck
from ingest.batch import REASON_UNREADABLE, Batch, sift
from ingest.contracts import NATIONAL_LOAD
from ingest.received import ROW_NUMBER, Received, require_columns

ECO2MIX_FIELDS: dict[str, tuple[str, str]] = {
    "load_mw": ("consommation", "Consommation (MW)"),
    "forecast_d1_mw": ("prevision_j1", "Prévision J-1 (MW)"),
    "forecast_d_mw": ("prevision_j", "Prévision J (MW)"),
    "fuel_oil_mw": ("fioul", "Fioul (MW)"),
    "coal_mw": ("charbon", "Charbon (MW)"),
    "gas_mw": ("gaz", "Gaz (MW)"),
    "nuclear_mw": ("nucleaire", "Nucléaire (MW)"),
    "wind_mw": ("eolien", "Eolien (MW)"),
    "solar_mw": ("solaire", "Solaire (MW)"),
    "hydro_mw": ("hydraulique", "Hydraulique (MW)"),
    "pumping_mw": ("pompage", "Pompage (MW)"),
    "bioenergy_mw": ("bioenergies", "Bioénergies (MW)"),
    "physical_exchange_mw": ("ech_physiques", "Ech. physiques (MW)"),
    "co2_rate_g_per_kwh": ("taux_co2", "Taux de CO2 (g/kWh)"),
    "wind_onshore_mw": ("eolien_terrestre", "Eolien terrestre (MW)"),
    "wind_offshore_mw": ("eolien_offshore", "Eolien offshore (MW)"),
    "exchange_england_mw": ("ech_comm_angleterre", "Ech. comm. Angleterre (MW)"),
    "exchange_spain_mw": ("ech_comm_espagne", "Ech. comm. Espagne (MW)"),
    "exchange_italy_mw": ("ech_comm_italie", "Ech. comm. Italie (MW)"),
    "exchange_switzerland_mw": ("ech_comm_suisse", "Ech. comm. Suisse (MW)"),
    "exchange_germany_belgium_mw": ("ech_comm_allemagne_belgique", "Ech. comm. Allemagne-Belgique (MW)"),
    "fuel_oil_turbine_mw": ("fioul_tac", "Fioul - TAC (MW)"),
    "fuel_oil_cogeneration_mw": ("fioul_cogen", "Fioul - Cogénération (MW)"),
    "fuel_oil_other_mw": ("fioul_autres", "Fioul - Autres (MW)"),
    "gas_turbine_mw": ("gaz_tac", "Gaz - TAC (MW)"),
    "gas_cogeneration_mw": ("gaz_cogen", "Gaz - Cogénération (MW)"),
    "gas_combined_cycle_mw": ("gaz_ccg", "Gaz - CCG (MW)"),
    "gas_other_mw": ("gaz_autres", "Gaz - Autres (MW)"),
    "hydro_run_of_river_mw": ("hydraulique_fil_eau_eclusee", "Hydraulique - Fil de l'eau + éclusée (MW)"),
    "hydro_reservoir_mw": ("hydraulique_lacs", "Hydraulique - Lacs (MW)"),
    "hydro_pumped_storage_mw": ("hydraulique_step_turbinage", "Hydraulique - STEP turbinage (MW)"),
    "bioenergy_waste_mw": ("bioenergies_dechets", "Bioénergies - Déchets (MW)"),
    "bioenergy_biomass_mw": ("bioenergies_biomasse", "Bioénergies - Biomasse (MW)"),
    "bioenergy_biogas_mw": ("bioenergies_biogaz", "Bioénergies - Biogaz (MW)"),
    "battery_charging_mw": ("stockage_batterie", "Stockage batterie (MW)"),
    "battery_discharging_mw": ("destockage_batterie", "Déstockage batterie (MW)"),
}
ECO2MIX_REQUIRED = {
    "interval_start_utc": ("date_heure", "Date - Heure"),
    "nature": ("nature", "Nature"),
    "load_mw": ECO2MIX_FIELDS["load_mw"],
}
DAILY_REQUIRED = {
    "interval_start_utc": ("date_heure", "Date - Heure"),
    "load_mw": ("consommation_brute_electricite_rte", "Consommation brute électricité (MW) - RTE"),
    "status": ("statut_rte", "Statut - RTE"),
}
DAILY_DATASET = "consommation-quotidienne-brute"

# Older exports write the plural or the feminine, and capitalise as they like.
_STATUS_SQL = """
  case when {0} ilike 'donn_es temps r_el%' or {0} ilike 'temps r_el%' then 'temps_reel'
       when {0} ilike '%consolid%' then 'consolidee'
       when {0} ilike '%d_finiti%' then 'definitive' end
"""
_KNOWN_SQL = """
  case status when 'temps_reel' then known_real_time(interval_start_utc, step_minutes)
              when 'consolidee' then known_consolidated(interval_start_utc)
              when 'definitive' then known_definitive(interval_start_utc) end
"""


def is_eco2mix(columns: frozenset[str]) -> bool:
    """Whether the columns are those of national éCO2mix, real time or consolidated; one of them may be missing."""
    marks = (ECO2MIX_FIELDS["load_mw"], ECO2MIX_FIELDS["forecast_d1_mw"], ("perimetre", "Périmètre"))
    return sum(bool(columns & set(names)) for names in marks) > 1 and not is_regional(columns)


def is_regional(columns: frozenset[str]) -> bool:
    """Whether the columns are those of regional éCO2mix."""
    return bool(columns & {"code_insee_region", "Code INSEE région"}) and bool(columns & {"nature", "Nature"})


def is_daily(columns: frozenset[str]) -> bool:
    """Whether the columns are those of `consommation-quotidienne-brute`."""
    return any(name.lower().replace("_", " ").startswith("consommation brute") for name in columns)


def parse_eco2mix(received: Received) -> Batch:
    """National éCO2mix rows, MW by step of 15 or 30 minutes.

    Real-time rows stand on a 15-minute step. Consolidated and definitive ones stand on a 30-minute step in the same
    15-minute grid, so that every other one is blank.

    Raises:
        SourceError: a column is missing.
    """
    found = require_columns(received, ECO2MIX_REQUIRED)
    fields = {field: name for field, names in ECO2MIX_FIELDS.items() for name in names if name in received.columns}
    nature = duck.quoted(found["nature"])
    sql = _candidates_sql(
        instant=duck.quoted(found["interval_start_utc"]),
        status=nature,
        status_values="Données temps réel, Données consolidées or Données définitives",
        dataset="case status when 'temps_reel' then 'eco2mix-national-tr' else 'eco2mix-national-cons-def' end",
        fields=fields,
    )
    return sift(NATIONAL_LOAD, sql, received)


def parse_daily(received: Received) -> Batch:
    """Half-hourly electricity consumption of `consommation-quotidienne-brute`, MW; its gas columns are left aside.

    `Date - Heure` is the instant; `Date` and `Heure` are Paris wall clock. The publisher fills a wall-clock grid, so
    that instants of the spring change stand there twice: `sift` keeps those that agree and refuses the others.

    Raises:
        SourceError: a column is missing.
    """
    found = require_columns(received, DAILY_REQUIRED)
    sql = _candidates_sql(
        instant=duck.quoted(found["interval_start_utc"]),
        status=duck.quoted(found["status"]),
        status_values="Définitif or Consolidé",
        dataset=duck.literal(DAILY_DATASET),
        fields={"load_mw": found["load_mw"]},
    )
    return sift(NATIONAL_LOAD, sql, received)


def _candidates_sql(*, instant: str, status: str, status_values: str, dataset: str, fields: dict[str, str]) -> str:
    numbers = ",\n".join(
        f"number({duck.quoted(fields[field])}) as {field}" if field in fields else f"null::double as {field}"
        for field in ECO2MIX_FIELDS
    )
    unreadable = ", ".join(
        f"case when not is_number({duck.quoted(name)}) then {duck.literal(name)} end" for name in fields.values()
    )
    return f"""
      with typed as (
        select {ROW_NUMBER}, instant({instant}) as interval_start_utc, {_STATUS_SQL.format(status)} as status,
          {numbers},
          nullif(concat_ws(', ', {unreadable}), '') as unreadable
        from received
      ),
      stepped as (
        select *, case when status = 'temps_reel' or minute(interval_start_utc) in (15, 45) then 15 else 30 end::integer
          as step_minutes
        from typed
      )
      select {dataset} as dataset, status, interval_start_utc, step_minutes, {", ".join(ECO2MIX_FIELDS)},
        {_KNOWN_SQL} as known_at_utc,
        null::timestamptz as seen_at_utc,
        {ROW_NUMBER},
        case when interval_start_utc is null or status is null or unreadable is not null
             then '{REASON_UNREADABLE}' end as reason,
        case when interval_start_utc is null then 'an instant with its offset from UTC'
             when status is null then {duck.literal("status: " + status_values)}
             when unreadable is not null then 'a number in: ' || unreadable end as expected
      from stepped
    """  # noqa: S608 - identifiers are quoted
