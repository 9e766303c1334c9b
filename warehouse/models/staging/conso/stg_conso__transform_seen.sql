with source as (
    select * from {{ source('conso_ops', 'transform_seen') }}
),

renamed as (
    select
        table_name,
        row_count,
        xid_sum,
        xid_max
    from source
)

select * from renamed
