{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}},
    indexes=[{'columns': ['hour_start_utc']}]
) }}

with newest as (
    select *
    from {{ as_of(
        ref('stg_entsoe__total_load'),
        key=['quantity', 'interval_start_utc', 'step_minutes'],
        where=only_changed('interval_start_utc', 'instant', word='')
    ) }} as newest_versions
    where load_mw is not null
),

steps as (
    select
        quantity,
        step_minutes,
        {{ utc_hour('interval_start_utc') }} as hour_start_utc,
        avg(load_mw order by interval_start_utc) as load_mw,
        count(*) * step_minutes as minutes,
        max(known_at_utc) as known_at_utc,
        bool_or(is_synthetic) as is_synthetic
    from newest
    group by quantity, step_minutes, {{ utc_hour('interval_start_utc') }}
),

hours as (
    -- An hour whole, or none of it; where both steps cover it, the hourly value as published.
    select distinct on (quantity, hour_start_utc) *
    from steps
    where minutes = 60
    order by quantity, hour_start_utc, step_minutes desc
)

select
    hour_start_utc,
    max(load_mw) filter (where quantity = 'actual') as actual_mw,
    max(known_at_utc) filter (where quantity = 'actual') as actual_known_at_utc,
    max(load_mw) filter (where quantity = 'day_ahead_forecast') as forecast_d1_mw,
    max(known_at_utc) filter (where quantity = 'day_ahead_forecast') as forecast_d1_known_at_utc,
    bool_or(is_synthetic) as is_synthetic
from hours
group by hour_start_utc
