{{ depends_on_changes() }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_changed',
    meta={'replaces': {'column': 'half_hour_start_utc', 'grain': 'half_hour'}},
    indexes=[{'columns': ['half_hour_start_utc']}]
) }}

with by_status as (
    select * from {{ ref('int_odre__load_half_hourly_by_status') }}
    where load_mw is not null {{ only_changed('half_hour_start_utc', 'half_hour', word='and') }}
),

statuses as (
    select distinct on (half_hour_start_utc, status)
        half_hour_start_utc,
        status,
        dataset,
        {{ load_status_rank('status') }} as status_rank,
        load_mw,
        known_at_utc,
        is_synthetic
    from by_status
    order by half_hour_start_utc, status, known_at_utc desc, dataset
),

rewritten as (
    -- More versions than rows: a value was published again under the same status.
    select
        dataset,
        status,
        {{ utc_half_hour('interval_start_utc') }} as half_hour_start_utc
    from {{ ref('stg_odre__national_load') }}
    where load_mw is not null {{ only_changed('interval_start_utc', 'instant', word='and') }}
    group by dataset, status, {{ utc_half_hour('interval_start_utc') }}
    having count(*) > count(distinct interval_start_utc)
),

first_versions as (
    select distinct on (loads.dataset, loads.status, loads.interval_start_utc) loads.*
    from {{ ref('stg_odre__national_load') }} as loads
    inner join rewritten
        on
            loads.dataset = rewritten.dataset
            and loads.status = rewritten.status
            and {{ utc_half_hour('loads.interval_start_utc') }} = rewritten.half_hour_start_utc
    where loads.load_mw is not null
    order by loads.dataset, loads.status, loads.interval_start_utc, loads.known_at_utc, loads.retrieved_at_utc
),

first_half_hours as (
    select * from {{ load_half_hours('first_versions') }} as half_hours
)

select
    earlier.half_hour_start_utc,
    earlier.status as from_status,
    later.status as to_status,
    later.dataset,
    earlier.load_mw as from_mw,
    later.load_mw as to_mw,
    earlier.known_at_utc as from_known_at_utc,
    later.known_at_utc as to_known_at_utc,
    earlier.is_synthetic or later.is_synthetic as is_synthetic
from statuses as earlier
inner join statuses as later
    on earlier.half_hour_start_utc = later.half_hour_start_utc and earlier.status_rank > later.status_rank

union all

-- What one status said first, against what it says now.
select
    earlier.half_hour_start_utc,
    earlier.status as from_status,
    later.status as to_status,
    later.dataset,
    earlier.load_mw as from_mw,
    later.load_mw as to_mw,
    earlier.known_at_utc as from_known_at_utc,
    later.known_at_utc as to_known_at_utc,
    earlier.is_synthetic or later.is_synthetic as is_synthetic
from first_half_hours as earlier
inner join by_status as later
    on
        earlier.half_hour_start_utc = later.half_hour_start_utc
        and earlier.dataset = later.dataset
        and earlier.status = later.status
where earlier.load_mw is not null
