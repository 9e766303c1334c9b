{#- None of the given columns is null in any row. -#}
{% test never_null(model, columns) %}
select *
from {{ model }}
where {% for column in columns %}{{ column }} is null {{ 'or ' if not loop.last }}{% endfor %}
{% endtest %}
