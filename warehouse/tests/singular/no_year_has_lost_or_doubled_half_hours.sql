-- Against the reviewed counts, for the years that the loaded file covers whole: where there are fewer, some were lost
-- here; where there are more than the year has, some were counted twice. A publisher that fills a gap later is welcome.
with half_hours as (
    select
        dataset,
        half_hour_start_utc,
        extract(year from {{ paris_date('half_hour_start_utc') }}) as year_paris
    from {{ ref('int_odre__load_half_hourly_by_status') }}
    where load_mw is not null and not is_synthetic
),

spans as (
    select
        dataset,
        {{ paris_date('min(half_hour_start_utc)') }} as first_date,
        {{ paris_date('max(half_hour_start_utc)') }} as last_date
    from half_hours
    group by dataset
),

counted as (
    select
        dataset,
        year_paris,
        count(*) as half_hours,
        count(distinct half_hour_start_utc) as distinct_half_hours
    from half_hours
    group by dataset, year_paris
)

select
    reviewed.dataset,
    reviewed.year_paris,
    reviewed.half_hours as reviewed_half_hours,
    coalesce(counted.distinct_half_hours, 0) as half_hours,
    counted.half_hours as rows_of_all_statuses
from {{ ref('reviewed_half_hours_per_year') }} as reviewed
inner join spans
    on
        reviewed.dataset = spans.dataset
        and make_date(reviewed.year_paris, 1, 1) >= spans.first_date
        and make_date(reviewed.year_paris, 12, 31) <= spans.last_date
left join counted on reviewed.dataset = counted.dataset and reviewed.year_paris = counted.year_paris
where
    coalesce(counted.distinct_half_hours, 0) < reviewed.half_hours
    or counted.distinct_half_hours
    > 48 * (make_date(reviewed.year_paris + 1, 1, 1) - make_date(reviewed.year_paris, 1, 1))
