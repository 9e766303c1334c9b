-- No load that was refused at the door (out of range, or one of several that contradict each other) stands in raw.
-- A refused row is kept as it was received, under the publisher's labels: it is known by its instant and its number.
with refused as (
    select
        source_ref,
        row_number,
        reason,
        detected_at_utc,
        payload
    from {{ ref('stg_conso__quarantine') }}
    where table_name = 'odre_national_load'
),

fields as (
    select
        refused.source_ref,
        refused.row_number,
        refused.reason,
        refused.detected_at_utc,
        field.value
    from refused
    cross join lateral jsonb_each_text(refused.payload) as field
),

instants as (
    select
        source_ref,
        row_number,
        reason,
        detected_at_utc,
        value::timestamptz as interval_start_utc
    from fields
    where value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)$'
),

numbers as (
    select
        source_ref,
        row_number,
        value::double precision as load_mw
    from fields
    where value ~ '^-?\d+(\.\d+)?$'
)

select distinct
    loads.dataset,
    loads.status,
    loads.interval_start_utc,
    loads.load_mw,
    loads.source_ref,
    instants.row_number,
    instants.reason
from instants
inner join numbers
    on instants.source_ref = numbers.source_ref and instants.row_number = numbers.row_number
inner join {{ ref('stg_odre__national_load') }} as loads
    on
        instants.source_ref = loads.source_ref
        and instants.interval_start_utc = loads.interval_start_utc
        and numbers.load_mw = loads.load_mw
-- What the same address gives later, when the publisher has made up its mind, is no leak.
where loads.retrieved_at_utc <= instants.detected_at_utc
