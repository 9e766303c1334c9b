{#- Values lie in closed ranges; null passes. ranges: {column: [lowest or null, highest or null]}. -#}
{% test in_ranges(model, ranges) %}
select *
from {{ model }}
where
    false
    {%- for column, limits in ranges.items() %}
    {%- if limits[0] is not none %} or {{ column }} < {{ limits[0] }} {%- endif %}
    {%- if limits[1] is not none %} or {{ column }} > {{ limits[1] }} {%- endif %}
    {%- endfor %}
{% endtest %}
