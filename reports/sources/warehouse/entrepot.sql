-- What time it is in this warehouse (the clock of its last transform), and whether its data are synthetic.
select
    f.clock_utc at time zone 'Europe/Paris' as clock_paris,
    (f.clock_utc at time zone 'Europe/Paris')::date as today_paris,
    coalesce(w.clock_basis, 'system') as clock_basis,
    coalesce(f.is_synthetic, false)
    or exists (select from marts.fct_national_hourly where is_synthetic)
    or coalesce(w.world = 'demo', false) as is_synthetic
from (select max(clock_utc) as clock_utc, bool_or(is_synthetic) as is_synthetic from marts.mart_source_freshness) as f
left join ops.warehouse as w on true
