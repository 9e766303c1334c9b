{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'month_start_paris', 'grain': 'month'}}
) }}

with revised as (
    select
        date_trunc('month', {{ paris_time('half_hour_start_utc') }})::date as month_start_paris,
        from_status,
        to_status,
        to_mw - from_mw as difference_mw,
        extract(epoch from from_known_at_utc - half_hour_start_utc - interval '30 minutes')::double precision / 86400
            as from_lateness_days,
        extract(epoch from to_known_at_utc - half_hour_start_utc - interval '30 minutes')::double precision / 86400
            as to_lateness_days,
        half_hour_start_utc,
        dataset,
        is_synthetic
    from {{ ref('int_load__revised_half_hours') }}
)

select
    month_start_paris,
    from_status,
    to_status,
    count(*)::integer as half_hours,
    (count(*) filter (where difference_mw <> 0))::integer as half_hours_changed,
    avg(difference_mw order by half_hour_start_utc, dataset) as mean_difference_mw,
    avg(abs(difference_mw) order by half_hour_start_utc, dataset) as mean_absolute_difference_mw,
    percentile_cont(0.95) within group (order by abs(difference_mw)) as p95_absolute_difference_mw,
    max(abs(difference_mw)) as largest_absolute_difference_mw,
    sum(difference_mw order by half_hour_start_utc, dataset) * 0.5 as energy_difference_mwh,
    percentile_cont(0.5) within group (order by from_lateness_days) as from_median_lateness_days,
    percentile_cont(0.5) within group (order by to_lateness_days) as to_median_lateness_days,
    max(to_lateness_days) as to_largest_lateness_days,
    bool_or(is_synthetic) as is_synthetic
from revised
{%- if follows_changes() %}
where {{ is_changed('month_start_paris', 'month') }}
{%- endif %}
group by month_start_paris, from_status, to_status
order by month_start_paris, from_status, to_status
