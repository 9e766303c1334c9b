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
