with source as (
    select * from {{ source('conso', 'backtest_forecast') }}
),

renamed as (
    select
        backtest_id,
        model_name,
        target_start_utc,
        issued_at_utc,
        p10_mw,
        p50_mw,
        p90_mw,
        observed_mw
    from source
)

select * from renamed
