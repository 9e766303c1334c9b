{{ config(materialized='view') }}

-- A view: how old the data are depends on what time it is, not on when this was built.
with judged as (
    select
        measures.*,
        limits.limit_hours,
        {{ clock_utc() }} as clock_utc
    from {{ ref('int_quality__source_measures') }} as measures
    left join {{ ref('source_limits') }} as limits on measures.source = limits.source
)

select
    source,
    last_measure_at_utc,
    last_retrieved_at_utc,
    rows_loaded,
    rows_quarantined,
    clock_utc,
    extract(epoch from clock_utc - last_measure_at_utc)::double precision / 3600 as age_hours,
    limit_hours,
    -- A source that never had a measure is as late as can be.
    coalesce(clock_utc - last_measure_at_utc > limit_hours * interval '1 hour', true) as is_late,
    is_synthetic
from judged
