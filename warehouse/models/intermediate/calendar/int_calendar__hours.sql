{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}},
    indexes=[{'columns': ['hour_start_utc']}]
) }}

-- Every UTC hour from the first hour of load to the last hour of load, forecast or weather, whether measured or not.
with span as (
    select
        (select min(load.hour_start_utc) from {{ ref('int_load__hourly_levels') }} as load) as first_hour_utc,
        greatest(
            (select max(load.hour_start_utc) from {{ ref('int_load__hourly_levels') }} as load),
            (select max(weather.hour_start_utc) from {{ ref('int_weather__national_hourly') }} as weather)
        ) as last_hour_utc
),

hours as (
    select
        series.hour_start_utc,
        {{ paris_time('series.hour_start_utc') }} as hour_start_paris
    from span
    cross join lateral generate_series(span.first_hour_utc, span.last_hour_utc, interval '1 hour')
        as series (hour_start_utc)
)

select
    hour_start_utc,
    hour_start_paris,
    hour_start_paris::date as date_paris,
    extract(hour from hour_start_paris)::integer as hour_paris,
    (extract(epoch from hour_start_paris - (hour_start_utc at time zone 'UTC')) / 3600)::integer as utc_offset_hours,
    hour_start_paris = {{ paris_time("(hour_start_utc - interval '1 hour')") }} as is_repeated_hour
from hours
{%- if follows_changes() %}
where
    {{ is_changed('hour_start_utc', 'hour') }}
    or hour_start_utc not in (select built.hour_start_utc from {{ this }} as built)
{%- endif %}
