with source as (
    select * from {{ source('conso', 'quarantine') }}
),

renamed as (
    select
        source_ref,
        row_number,
        reason,
        row_hash,
        regexp_replace(table_name, '^raw\.', '') as table_name,
        payload,
        expected,
        detected_at_utc
    from source
)

select * from renamed
