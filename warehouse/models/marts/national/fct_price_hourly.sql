{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}},
    post_hook='{{ create_price_as_of() }}'
) }}

select
    hour_start_utc,
    {{ paris_time('hour_start_utc') }} as hour_start_paris,
    {{ paris_date('hour_start_utc') }} as date_paris,
    price_eur_per_mwh,
    product_minutes,
    price_eur_per_mwh < 0 as is_negative,
    volume_mwh,
    known_at_utc,
    is_synthetic
from {{ ref('int_price__hourly') }}
{{ only_changed('hour_start_utc', 'hour') }}
order by hour_start_utc
