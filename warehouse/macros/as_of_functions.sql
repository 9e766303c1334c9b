{#-
    What was known at an instant, for anyone who speaks SQL:

    select * from marts.load_as_of('2024-06-01 12:00+00');
    select * from marts.price_as_of('2024-06-01 12:00+00', first_utc => '2024-06-01', before_utc => '2024-06-03');

    Each is made by a hook of the mart whose history it tells. The bodies are the models' own macros.
-#}
{% macro create_as_of_function(entity, columns, body) -%}
    drop function if exists {{ this.schema }}.{{ entity }}_as_of(timestamptz, timestamptz, timestamptz);
    create function {{ this.schema }}.{{ entity }}_as_of(
        known_by timestamptz,
        first_utc timestamptz default '-infinity',
        before_utc timestamptz default 'infinity'
    ) returns table ({{ columns }})
    language sql stable parallel safe
    as $body$
        {{ body }}
    $body$
{%- endmacro %}

{#- Half-hours of load: the most final value that was known. -#}
{% macro create_load_as_of() -%}
    {%- set newest = as_of(
        ref('stg_odre__national_load'),
        key=['dataset', 'status', 'interval_start_utc'],
        known_by='known_by',
        where='interval_start_utc >= first_utc and interval_start_utc < before_utc'
    ) -%}
    {%- set body -%}
        with newest as (select * from {{ newest }} as newest_versions),
        half_hours as (select * from {{ load_half_hours('newest') }} as half_hours_of_newest)
        select final_load.half_hour_start_utc, {{ paris_time('final_load.half_hour_start_utc') }},
            final_load.load_mw, final_load.status, final_load.step_minutes, final_load.known_at_utc,
            final_load.is_synthetic
        from {{ final_load('half_hours') }} as final_load
        order by final_load.half_hour_start_utc
    {%- endset -%}
    {{ create_as_of_function(
        'load',
        'interval_start_utc timestamptz, interval_start_paris timestamp, load_mw double precision, status text, '
        ~ 'step_minutes integer, known_at_utc timestamptz, is_synthetic boolean',
        body
    ) }}
{%- endmacro %}

{#- Hours of the day-ahead price. -#}
{% macro create_price_as_of() -%}
    {%- set newest = as_of(
        ref('stg_epex__day_ahead_price'),
        key=['product_minutes', 'delivery_start_utc'],
        known_by='known_by',
        where='delivery_start_utc >= first_utc and delivery_start_utc < before_utc'
    ) -%}
    {%- set body -%}
        with newest as (select * from {{ newest }} as newest_versions)
        select prices.hour_start_utc, {{ paris_time('prices.hour_start_utc') }}, prices.price_eur_per_mwh,
            prices.product_minutes, prices.known_at_utc, prices.is_synthetic
        from {{ price_hours('newest') }} as prices
        order by prices.hour_start_utc
    {%- endset -%}
    {{ create_as_of_function(
        'price',
        'hour_start_utc timestamptz, hour_start_paris timestamp, price_eur_per_mwh double precision, '
        ~ 'product_minutes integer, known_at_utc timestamptz, is_synthetic boolean',
        body
    ) }}
{%- endmacro %}

{#- The newest weather forecast of each city and hour. -#}
{% macro create_weather_as_of() -%}
    {%- set body -%}
        select distinct on (versions.city, versions.hour_start_utc)
            versions.city, versions.hour_start_utc, {{ paris_time('versions.hour_start_utc') }}, versions.weather_kind,
            versions.temperature_c, versions.cloud_cover_pct, versions.wind_speed_km_per_h, versions.known_at_utc,
            versions.is_synthetic
        from {{ ref('stg_open_meteo__weather') }} as versions
        where versions.known_at_utc <= known_by
            and versions.hour_start_utc >= first_utc and versions.hour_start_utc < before_utc
        order by versions.city, versions.hour_start_utc, versions.known_at_utc desc, versions.weather_kind,
            versions.row_hash
    {%- endset -%}
    {{ create_as_of_function(
        'weather',
        'city text, hour_start_utc timestamptz, hour_start_paris timestamp, weather_kind text, '
        ~ 'temperature_c double precision, cloud_cover_pct double precision, '
        ~ 'wind_speed_km_per_h double precision, known_at_utc timestamptz, is_synthetic boolean',
        body
    ) }}
{%- endmacro %}
