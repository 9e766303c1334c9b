{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'interval_start_utc', 'grain': 'half_hour'}},
    post_hook='{{ create_load_as_of() }}'
) }}

with half_hours as (
    select * from {{ ref('int_load__half_hourly') }}
    where load_mw is not null {{ only_changed('half_hour_start_utc', 'half_hour', word='and') }}
)

select
    half_hour_start_utc as interval_start_utc,
    {{ paris_time('half_hour_start_utc') }} as interval_start_paris,
    {{ paris_date('half_hour_start_utc') }} as date_paris,
    load_mw,
    status,
    step_minutes,
    load_realtime_mw,
    known_at_utc,
    revisions,
    is_synthetic
from half_hours
order by half_hour_start_utc
