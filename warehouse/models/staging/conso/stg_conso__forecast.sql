with source as (
    select * from {{ source('conso', 'forecast') }}
),

renamed as (
    select
        target_start_utc,
        issued_at_utc,
        model_name,
        model_version,
        p10_mw,
        p50_mw,
        p90_mw,
        degraded,
        is_synthetic,
        known_at_utc
    from source
)

select * from renamed
