{#-
    Hours of the day-ahead price from the newest versions (as_of) of stg_epex__day_ahead_price.

    The product that the coupled auction cleared: hours up to 30 September 2025, quarter-hours since (civil days of
    France); else the other one. Three quarters are no hour.
-#}
{% macro price_hours(relation) -%}
    (
        with hours as (
            select
                product_minutes,
                {{ utc_hour('delivery_start_utc') }} as hour_start_utc,
                avg(price_eur_per_mwh order by delivery_start_utc) as price_eur_per_mwh,
                sum(volume_mwh order by delivery_start_utc) as volume_mwh,
                count(*) * product_minutes as minutes,
                count(volume_mwh) * product_minutes as volume_minutes,
                max(known_at_utc) as known_at_utc,
                bool_or(is_synthetic) as is_synthetic
            from {{ relation }} as newest
            where price_eur_per_mwh is not null
            group by product_minutes, {{ utc_hour('delivery_start_utc') }}
        )

        select distinct on (hour_start_utc)
            hour_start_utc,
            price_eur_per_mwh,
            product_minutes,
            case when volume_minutes = 60 then volume_mwh end as volume_mwh,
            known_at_utc,
            is_synthetic
        from hours
        where minutes = 60
        order by
            hour_start_utc,
            product_minutes <> case when {{ paris_date('hour_start_utc') }} < date '2025-10-01' then 60 else 15 end
    )
{%- endmacro %}
