{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}}
) }}

select
    hour_start_utc,
    {{ paris_time('hour_start_utc') }} as hour_start_paris,
    {{ paris_date('hour_start_utc') }} as date_paris,
    generation_status,
    generation_steps,
    {%- for column in mix_columns() %}
        {{ column }},
    {%- endfor %}
    generation_mw,
    -- Energy is power times step.
    generation_mw * generation_steps * 0.5 as generation_mwh,
    physical_exchange_mw * generation_steps * 0.5 as physical_exchange_mwh,
    load_mw - generation_mw - pumping_mw - physical_exchange_mw as unexplained_mw,
    known_at_utc,
    is_synthetic
from {{ ref('int_generation__hourly') }}
{{ only_changed('hour_start_utc', 'hour') }}
order by hour_start_utc
