with source as (
    select * from {{ source('conso', 'backtest_run') }}
),

renamed as (
    select
        backtest_id,
        model_name,
        model_version,
        first_target_utc,
        last_target_utc,
        is_synthetic,
        is_current
    from source
)

select * from renamed
