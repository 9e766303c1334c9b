{#-
    The load as it was known at an instant:
    dbt show --limit 48 --select load_as_of --vars '{as_of: "2024-06-01 12:00+00"}'
-#}
{%- set known_by = "timestamptz '" ~ var('as_of', '2024-06-01 12:00+00') ~ "'" %}

with newest as (
    select *
    from {{ as_of(
        ref('stg_odre__national_load'), key=['dataset', 'status', 'interval_start_utc'], known_by=known_by
    ) }} as versions
),

half_hours as (
    select * from {{ load_half_hours('newest') }} as half_hours
)

select * from {{ final_load('half_hours') }} as final_load
order by half_hour_start_utc desc
