with source as (
    select
        *,
        xmin::text::bigint as row_xid
    from {{ source('education_nationale', 'school_holidays') }}
),

renamed as (
    select
        school_year,
        zone,
        location,
        population,
        description,
        start_date_paris,
        resume_date_paris,
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
