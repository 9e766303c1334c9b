"""éCO2mix as ODRÉ publishes it: real time, and consolidated or definitive, with the real files' oddities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.demo import noise
from ingest.demo.clock import FIRST_DAY, QUARTERS_PER_HOUR, Timetable, paris_midnight_utc, to_paris
from ingest.demo.explore import Dataset
from ingest.demo.mix import OFFSHORE_SHARE

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa

    from ingest.demo.clock import Minutes
    from ingest.demo.generator import World
    from ingest.demo.noise import Floats

    Booleans = np.ndarray[tuple[int], np.dtype[np.bool_]]

REAL_TIME, CONSOLIDATED = "eco2mix-national-tr", "eco2mix-national-cons-def"
NATURES = {"rt": "Données temps réel", "cons": "Données consolidées", "def": "Données définitives"}
LABELS = {
    "perimetre": "Périmètre",
    "nature": "Nature",
    "date": "Date",
    "heure": "Heure",
    "date_heure": "Date - Heure",
    "consommation": "Consommation (MW)",
    "prevision_j1": "Prévision J-1 (MW)",
    "prevision_j": "Prévision J (MW)",
    "fioul": "Fioul (MW)",
    "charbon": "Charbon (MW)",
    "gaz": "Gaz (MW)",
    "nucleaire": "Nucléaire (MW)",
    "eolien": "Eolien (MW)",
    "eolien_terrestre": "Eolien terrestre (MW)",
    "eolien_offshore": "Eolien offshore (MW)",
    "solaire": "Solaire (MW)",
    "hydraulique": "Hydraulique (MW)",
    "pompage": "Pompage (MW)",
    "bioenergies": "Bioénergies (MW)",
    "ech_physiques": "Ech. physiques (MW)",
    "taux_co2": "Taux de CO2 (g/kWh)",
    "ech_comm_angleterre": "Ech. comm. Angleterre (MW)",
    "ech_comm_espagne": "Ech. comm. Espagne (MW)",
    "ech_comm_italie": "Ech. comm. Italie (MW)",
    "ech_comm_suisse": "Ech. comm. Suisse (MW)",
    "ech_comm_allemagne_belgique": "Ech. comm. Allemagne-Belgique (MW)",
    "fioul_tac": "Fioul - TAC (MW)",
    "fioul_cogen": "Fioul - Cogénération (MW)",
    "fioul_autres": "Fioul - Autres (MW)",
    "gaz_tac": "Gaz - TAC (MW)",
    "gaz_cogen": "Gaz - Cogénération (MW)",
    "gaz_ccg": "Gaz - CCG (MW)",
    "gaz_autres": "Gaz - Autres (MW)",
    "hydraulique_fil_eau_eclusee": "Hydraulique - Fil de l'eau + éclusée (MW)",
    "hydraulique_lacs": "Hydraulique - Lacs (MW)",
    "hydraulique_step_turbinage": "Hydraulique - STEP turbinage (MW)",
    "bioenergies_dechets": "Bioénergies - Déchets (MW)",
    "bioenergies_biomasse": "Bioénergies - Biomasse (MW)",
    "bioenergies_biogaz": "Bioénergies - Biogaz (MW)",
    "stockage_batterie": "Stockage batterie (MW)",
    "destockage_batterie": "Déstockage batterie (MW)",
}
EXCHANGE_SHARES = {
    "ech_comm_angleterre": 0.24,
    "ech_comm_espagne": 0.12,
    "ech_comm_italie": 0.27,
    "ech_comm_suisse": 0.18,
    "ech_comm_allemagne_belgique": 0.19,
}
# How each source is split: the first parts as shares, the last one takes the rest, so that they add up.
SPLITS: dict[str, dict[str, float]] = {
    "fioul": {"fioul_tac": 0.1, "fioul_cogen": 0.6, "fioul_autres": 0.3},
    "gaz": {"gaz_tac": 0.02, "gaz_cogen": 0.28, "gaz_ccg": 0.68, "gaz_autres": 0.02},
    "hydraulique": {"hydraulique_fil_eau_eclusee": 0.6, "hydraulique_lacs": 0.3, "hydraulique_step_turbinage": 0.1},
    "bioenergies": {"bioenergies_dechets": 0.2, "bioenergies_biomasse": 0.5, "bioenergies_biogaz": 0.3},
}
TEXT_FIELDS = {"eolien_terrestre", "eolien_offshore", "stockage_batterie", "destockage_batterie", *EXCHANGE_SHARES}
"""Fields that the publisher holds as text: numbers come as strings, and "ND" (not available) may stand there."""
NOT_AVAILABLE = "ND"
NOT_AVAILABLE_EVERY = 997
CONSOLIDATED_STEP = 2


def datasets(world: World, timetable: Timetable) -> dict[str, Dataset]:
    """Both datasets as ODRÉ shows them at the timetable's clock."""
    return {
        REAL_TIME: Dataset(_real_time(world, timetable), LABELS),
        CONSOLIDATED: Dataset(_consolidated(world, timetable), LABELS),
    }


def _index(world: World, instant: datetime) -> int:
    return int(np.searchsorted(world.quarters_utc, np.datetime64(instant.replace(tzinfo=None), "m")))


def _real_time(world: World, timetable: Timetable) -> pa.Table:
    """Every quarter that is known, and one row more: the newest stands there before its figures do."""
    first = _index(world, paris_midnight_utc(timetable.real_time_start))
    last = _index(world, timetable.real_time_end_utc)
    part = slice(first, last + 1)
    load = world.load.real_time[part]
    known = np.arange(first, last + 1) < last
    fields = _measures(world, part, load, exchange_extra=np.zeros(len(load)))
    return _table(world.quarters_utc[part], np.full(len(load), NATURES["rt"]), fields, known)


def _consolidated(world: World, timetable: Timetable) -> pa.Table:
    """Half-hourly means on the quarter-hourly grid: every second row is blank."""
    first = _index(world, paris_midnight_utc(FIRST_DAY))
    last = _index(world, paris_midnight_utc(timetable.consolidated_end))
    part = slice(first, last)
    definitive = np.arange(first, last) < _index(world, paris_midnight_utc(timetable.definitive_end))
    real_time = _half_hours(world.load.real_time[part])
    load = np.where(definitive, _half_hours(world.load.definitive[part]), _half_hours(world.load.consolidated[part]))
    # What was metered later was mostly taken from the grid below the transmission level: it shows as less exported.
    fields = _measures(world, part, load, exchange_extra=load - real_time, mean=_half_hours)
    known = np.arange(last - first) % CONSOLIDATED_STEP == 0
    return _table(world.quarters_utc[part], np.where(definitive, NATURES["def"], NATURES["cons"]), fields, known)


def _half_hours(values: Floats) -> Floats:
    """Mean of each two quarters, at both of them."""
    means = values.reshape(-1, CONSOLIDATED_STEP).mean(axis=1)
    return np.repeat(means, CONSOLIDATED_STEP)


def _measures(
    world: World, part: slice, load: Floats, *, exchange_extra: Floats, mean: Any = lambda values: values
) -> dict[str, Floats]:
    """Whole megawatts that add up to the load exactly, as fields of the dataset."""
    mix = world.mix
    fields = {
        "consommation": load,
        "prevision_j1": world.load.forecast_d1[part],
        "prevision_j": world.load.forecast_d[part],
        "fioul": mean(mix.fuel_oil[part]),
        "charbon": mean(mix.coal[part]),
        "gaz": mean(mix.gas[part]),
        "nucleaire": mean(mix.nuclear[part]),
        "eolien": mean(mix.wind[part]),
        "solaire": mean(mix.solar[part]),
        "hydraulique": mean(mix.hydro[part]),
        "pompage": mean(mix.pumping[part]),
        "bioenergies": mean(mix.bioenergy[part]),
    }
    fields = {name: np.round(values) for name, values in fields.items()}
    produced = sum(
        values for name, values in fields.items() if name not in {"consommation", "prevision_j1", "prevision_j"}
    )
    battery = np.round(noise.ar1(world.seed, "battery", world.quarters_utc.shape, phi=0.8, sd=40)[part])
    fields["stockage_batterie"], fields["destockage_batterie"] = np.minimum(0, battery), np.maximum(0, battery)
    fields["ech_physiques"] = fields["consommation"] - produced - battery
    fields["taux_co2"] = np.round(mean(mix.co2_rate()[part]))
    fields["eolien_offshore"] = np.round(OFFSHORE_SHARE * fields["eolien"])
    fields["eolien_terrestre"] = fields["eolien"] - fields["eolien_offshore"]
    for total, shares in SPLITS.items():
        fields |= _split(fields[total], shares)
    for name, share in EXCHANGE_SHARES.items():
        fields[name] = np.round(share * (fields["ech_physiques"] - exchange_extra))
    return fields


def _split(total: Floats, shares: dict[str, float]) -> dict[str, Floats]:
    *first, last = shares
    parts = {name: np.round(shares[name] * total) for name in first}
    parts[last] = total - sum(parts.values())
    return parts


def _table(quarters_utc: Minutes, nature: np.ndarray[Any, Any], fields: dict[str, Floats], known: Booleans) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    local = np.datetime_as_string(to_paris(quarters_utc), unit="m")
    on_half_hour = quarters_utc.astype(np.int64) % (60 // QUARTERS_PER_HOUR * CONSOLIDATED_STEP) == 0
    columns: dict[str, pa.Array] = {
        "perimetre": pa.array(np.full(len(local), "France")),
        "nature": pa.array(nature),
        "date": pa.array([text[:10] for text in local]),
        "heure": pa.array([text[11:] for text in local]),
        "date_heure": pa.array(quarters_utc.astype("datetime64[s]"), pa.timestamp("s", "UTC")),
    }
    for name in LABELS:
        if name in columns:
            continue
        # Commercial exchanges are known for every half-hour only.
        shown = known & on_half_hour if name in EXCHANGE_SHARES else known
        whole = fields[name].astype(np.int64)
        if name in TEXT_FIELDS:
            text = whole.astype(str).astype(object)
            text[_first_not_available(name) :: NOT_AVAILABLE_EVERY] = NOT_AVAILABLE
            columns[name] = pa.array(text, pa.string(), mask=~shown)
        else:
            columns[name] = pa.array(whole, pa.int64(), mask=~shown)
    return pa.table(columns)


def _first_not_available(name: str) -> int:
    """Where the first "ND" of a text field stands: anywhere, but always there."""
    return len(name) * 31 % NOT_AVAILABLE_EVERY
