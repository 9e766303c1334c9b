with source as (
    select
        *,
        xmin::text::bigint as row_xid
    from {{ source('open_meteo', 'open_meteo_weather') }}
),

renamed as (
    select
        city,
        weather_kind,
        valid_at_utc as hour_start_utc,
        temperature_2m_c as temperature_c,
        precipitation_mm,
        wind_speed_10m_km_per_h as wind_speed_km_per_h,
        cloud_cover_pct,
        soil_moisture_1_to_3cm_m3_per_m3 as soil_moisture_m3_per_m3,
        relative_humidity_2m_pct as relative_humidity_pct,
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
