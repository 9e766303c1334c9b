with holidays as (
    select
        date_paris,
        holiday_name,
        -- Where the published file and the law both name a day, the file's names are used.
        rank() over (partition by date_paris order by basis = 'law') as basis_rank
    from {{ ref('stg_etalab__public_holidays') }}
    where zone = 'Métropole'
)

select
    date_paris,
    string_agg(distinct holiday_name, ' / ' order by holiday_name) as holiday_name
from holidays
where basis_rank = 1
group by date_paris
