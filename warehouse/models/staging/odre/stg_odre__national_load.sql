with source as (
    select
        *,
        xmin::text::bigint as row_xid
    from {{ source('odre', 'odre_national_load') }}
),

renamed as (
    select
        dataset,
        status,
        interval_start_utc,
        step_minutes,
        load_mw,
        forecast_d1_mw,
        forecast_d_mw,
        fuel_oil_mw,
        coal_mw,
        gas_mw,
        nuclear_mw,
        wind_mw,
        solar_mw,
        hydro_mw,
        pumping_mw,
        bioenergy_mw,
        physical_exchange_mw,
        co2_rate_g_per_kwh,
        wind_onshore_mw,
        wind_offshore_mw,
        exchange_england_mw,
        exchange_spain_mw,
        exchange_italy_mw,
        exchange_switzerland_mw,
        exchange_germany_belgium_mw,
        fuel_oil_turbine_mw,
        fuel_oil_cogeneration_mw,
        fuel_oil_other_mw,
        gas_turbine_mw,
        gas_cogeneration_mw,
        gas_combined_cycle_mw,
        gas_other_mw,
        hydro_run_of_river_mw,
        hydro_reservoir_mw,
        hydro_pumped_storage_mw,
        bioenergy_waste_mw,
        bioenergy_biomass_mw,
        bioenergy_biogas_mw,
        battery_charging_mw,
        battery_discharging_mw,
        known_at_utc,
        known_at_basis,
        retrieved_at_utc,
        origin,
        is_synthetic,
        source_ref,
        row_hash,
        row_xid
    from source
)

select * from renamed
