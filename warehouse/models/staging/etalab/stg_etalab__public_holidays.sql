with source as (
    select
        *,
        xmin::text::bigint as row_xid
    from {{ source('etalab', 'public_holidays') }}
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
        row_hash,
        row_xid
    from source
)

select * from renamed
