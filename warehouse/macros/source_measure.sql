{#-
    How far one source reaches, and how much was loaded.

    instant: the column that says when; measured: which rows carry a measure; rows_of_source: which rows are its own.

    Nothing reaches further ahead than a weather forecast: what lies beyond that (a directory may hold single pages of
    much later days) says nothing about how fresh the source is now.
-#}
{% macro source_measure(source, raw_table, relation, instant, measured, rows_of_source='true') -%}
    select
        '{{ source }}' as source,
        '{{ raw_table }}' as table_name,
        max({{ instant }}) filter (where {{ measured }} and {{ instant }} <= {{ clock_utc() }} + interval '16 days')
            as last_measure_at_utc,
        max(retrieved_at_utc) as last_retrieved_at_utc,
        count(*) as rows_loaded,
        bool_or(is_synthetic) as is_synthetic
    from {{ relation }}
    where {{ rows_of_source }}
{%- endmacro %}
