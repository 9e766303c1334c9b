with source as (
    select * from {{ source('conso_ops', 'warehouse') }}
),

renamed as (
    select
        world,
        source as data_source,
        clock_utc,
        clock_basis
    from source
)

select * from renamed
