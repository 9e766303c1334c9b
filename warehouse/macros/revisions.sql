{#-
    The newest version of each key, as it was known at an instant.

    relation: a relation with known_at_utc, retrieved_at_utc and row_hash
    key:      list of columns that name what is revised
    known_by: SQL instant; only versions known by then count. None: everything known.
    where:    SQL condition on the rows, such as a span of time. None: all of them.

    The newest version counts even where its values are null: a publisher that blanks a value has taken it back.
-#}
{% macro as_of(relation, key, known_by=none, where=none) -%}
    {%- set conditions = ([] if known_by is none else ['known_at_utc <= ' ~ known_by]) + ([where] if where else []) -%}
    (
        select distinct on ({{ key | join(', ') }}) *
        from {{ relation }} as versions
        {%- if conditions %}
        where {{ conditions | join(' and ') }}
        {%- endif %}
        order by {{ key | join(', ') }}, known_at_utc desc, retrieved_at_utc desc, row_hash asc
    )
{%- endmacro %}

{#- éCO2mix publishes each half-hour three times; the smaller rank is the more final one. -#}
{% macro load_status_rank(status) -%}
    case {{ status }} when 'definitive' then 1 when 'consolidee' then 2 when 'temps_reel' then 3 end
{%- endmacro %}

{#- The columns of éCO2mix beside the load: generation by fuel, exchanges and the rate of CO2. -#}
{% macro mix_columns() -%}
    {{ return([
        'fuel_oil_mw', 'coal_mw', 'gas_mw', 'nuclear_mw', 'wind_mw', 'solar_mw', 'hydro_mw', 'pumping_mw',
        'bioenergy_mw', 'physical_exchange_mw', 'co2_rate_g_per_kwh'
    ]) }}
{%- endmacro %}

{#- The half-hours of éCO2mix from the newest versions of its rows: one row per dataset, status and half-hour.

    relation: newest versions (as_of) of stg_odre__national_load

    Steps are mixed without counting anything twice: a row that says 30 minutes is its half-hour; two quarter-hours are
    averaged; a quarter-hour alone is no half-hour, except in the consolidated and definitive sets, whose values stand
    on a 30-minute step in a 15-minute grid (the other half of which is blank).
-#}
{% macro load_half_hours(relation) -%}
    (
        with quarters as (
            select
                dataset,
                status,
                {{ utc_half_hour('interval_start_utc') }} as half_hour_start_utc,
                interval_start_utc = {{ utc_half_hour('interval_start_utc') }} as is_first,
                step_minutes,
                load_mw,
                forecast_d1_mw,
                forecast_d_mw,
                {%- for column in mix_columns() %}
                {{ column }},
                {%- endfor %}
                known_at_utc,
                is_synthetic
            from {{ relation }} as newest
        ),

        paired as (
            select
                dataset,
                status,
                half_hour_start_utc,
                max(load_mw) filter (where is_first) as first_mw,
                max(load_mw) filter (where not is_first) as second_mw,
                max(step_minutes) filter (where is_first) as first_step_minutes,
                max(known_at_utc) filter (where is_first) as first_known_at_utc,
                max(known_at_utc) filter (where load_mw is not null) as known_at_utc,
                avg(forecast_d1_mw order by is_first desc) as forecast_d1_mw,
                avg(forecast_d_mw order by is_first desc) as forecast_d_mw,
                {%- for column in mix_columns() %}
                max({{ column }}) filter (where is_first) as first_{{ column }},
                max({{ column }}) filter (where not is_first) as second_{{ column }},
                {%- endfor %}
                bool_or(is_synthetic) as is_synthetic
            from quarters
            group by dataset, status, half_hour_start_utc
        ),

        judged as (
            select
                *,
                case
                    when first_mw is null then 'incomplete'
                    when first_step_minutes = 30 then 'half_hour'
                    when second_mw is not null then 'two_quarters'
                    when status in ('consolidee', 'definitive') then 'half_hour'
                    else 'incomplete'
                end as kind
            from paired
        )

        select
            dataset,
            status,
            half_hour_start_utc,
            case kind
                when 'half_hour' then first_mw
                when 'two_quarters' then (first_mw + second_mw) / 2
            end as load_mw,
            case kind when 'half_hour' then 30 when 'two_quarters' then 15 end as step_minutes,
            case kind when 'half_hour' then first_known_at_utc when 'two_quarters' then known_at_utc end as known_at_utc,
            forecast_d1_mw,
            forecast_d_mw,
            {%- for column in mix_columns() %}
            case kind
                when 'half_hour' then first_{{ column }}
                when 'two_quarters' then (first_{{ column }} + second_{{ column }}) / 2
            end as {{ column }},
            {%- endfor %}
            is_synthetic
        from judged
    )
{%- endmacro %}

{#- The half-hour's value to be used: definitive, else consolidated, else real time; then what was known last. -#}
{% macro final_load(half_hours) -%}
    (
        select distinct on (half_hour_start_utc)
            half_hour_start_utc,
            load_mw,
            status,
            step_minutes,
            known_at_utc,
            is_synthetic
        from {{ half_hours }} as half_hours
        where load_mw is not null
        order by half_hour_start_utc, {{ load_status_rank('status') }}, known_at_utc desc, dataset
    )
{%- endmacro %}
