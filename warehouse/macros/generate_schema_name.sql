{#- Schemas are named exactly as the layers, without the target's prefix: other programs read them by these names. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
