{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'date_paris', 'grain': 'date'}}
) }}

with hours as (
    select
        *,
        extract(hour from hour_start_paris)::integer as hour_paris,
        extract(
            epoch from {{ paris_day_start('(date_paris + 1)') }} - {{ paris_day_start('date_paris') }}
        )::integer / 3600 as day_hours
    from {{ ref('fct_price_hourly') }}
    {{ only_changed('date_paris', 'date') }}
)

select
    date_paris,
    max(day_hours) as day_hours,
    count(*)::integer as hours,
    count(*) = max(day_hours) as is_complete,
    avg(price_eur_per_mwh order by hour_start_utc) as baseload_eur_per_mwh,
    -- The exchange's peak hours: 08:00 to 20:00 in France. It trades them for Monday to Friday.
    avg(price_eur_per_mwh order by hour_start_utc) filter (where hour_paris between 8 and 19) as peakload_eur_per_mwh,
    avg(price_eur_per_mwh order by hour_start_utc) filter (where hour_paris not between 8 and 19)
        as offpeak_eur_per_mwh,
    min(price_eur_per_mwh) as price_min_eur_per_mwh,
    max(price_eur_per_mwh) as price_max_eur_per_mwh,
    max(price_eur_per_mwh) - min(price_eur_per_mwh) as spread_eur_per_mwh,
    (count(*) filter (where is_negative))::integer as negative_hours,
    bool_or(is_synthetic) as is_synthetic
from hours
group by date_paris
order by date_paris
