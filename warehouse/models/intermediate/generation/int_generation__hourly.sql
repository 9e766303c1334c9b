{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'hour_start_utc', 'grain': 'hour'}},
    indexes=[{'columns': ['hour_start_utc']}]
) }}

with half_hours as (
    -- The mix of the most final set that has one; nuclear power never stands still in France.
    select distinct on (half_hour_start_utc) *
    from {{ ref('int_odre__load_half_hourly_by_status') }}
    where nuclear_mw is not null {{ only_changed('half_hour_start_utc', 'half_hour', word='and') }}
    order by half_hour_start_utc, {{ load_status_rank('status') }}, known_at_utc desc, dataset
),

hours as (
    select
        {{ utc_hour('half_hour_start_utc') }} as hour_start_utc,
        count(*)::integer as generation_steps,
        -- An hour is as final as the less final of its halves.
        max({{ load_status_rank('status') }}) as status_rank,
        avg(load_mw order by half_hour_start_utc) as load_mw,
        {%- for column in mix_columns() %}
            avg({{ column }} order by half_hour_start_utc) as {{ column }},
        {%- endfor %}
        max(known_at_utc) as known_at_utc,
        bool_or(is_synthetic) as is_synthetic
    from half_hours
    group by {{ utc_hour('half_hour_start_utc') }}
)

select
    hour_start_utc,
    generation_steps,
    case status_rank when 1 then 'definitive' when 2 then 'consolidee' when 3 then 'temps_reel' end
        as generation_status,
    load_mw,
    {%- for column in mix_columns() %}
        {{ column }},
    {%- endfor %}
    fuel_oil_mw + coal_mw + gas_mw + nuclear_mw + wind_mw + solar_mw + hydro_mw + bioenergy_mw as generation_mw,
    known_at_utc,
    is_synthetic
from hours
