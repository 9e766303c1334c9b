{#- How far one source reaches: its last instant with a measure (an aggregate of the relation), and what was loaded. -#}
{% macro source_measure(source, raw_table, relation, last_measure, rows_of_source='true') -%}
    select
        '{{ source }}' as source,
        '{{ raw_table }}' as table_name,
        {{ last_measure }} as last_measure_at_utc,
        max(retrieved_at_utc) as last_retrieved_at_utc,
        count(*) as rows_loaded,
        bool_or(is_synthetic) as is_synthetic
    from {{ relation }}
    where {{ rows_of_source }}
{%- endmacro %}
