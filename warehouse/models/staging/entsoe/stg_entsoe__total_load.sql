with source as (
    select
        *,
        xmin::text::bigint as row_xid
    from {{ source('entsoe', 'entsoe_total_load') }}
),

renamed as (
    select
        quantity,
        interval_start_utc,
        step_minutes,
        value_mw as load_mw,
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
