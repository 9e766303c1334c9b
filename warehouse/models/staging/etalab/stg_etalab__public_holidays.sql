with source as (
    select * from {{ source('etalab', 'public_holidays') }}
),

renamed as (
    select
        zone,
        date_paris,
        name as holiday_name,
        basis,
        known_at_utc,
        known_at_basis,
        retrieved_at_utc,
        origin,
        is_synthetic,
        source_ref,
        row_hash
    from source
)

select * from renamed
