with source as (
    select
        *,
        xmin::text::bigint as row_xid
    from {{ source('epex', 'epex_day_ahead_price') }}
),

renamed as (
    select
        product_minutes,
        delivery_start_utc,
        price_eur_per_mwh,
        volume_mwh,
        buy_volume_mwh,
        sell_volume_mwh,
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
