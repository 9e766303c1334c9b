{#-
    Mean of the values that are there, weighted; null where none is.

    Summed in a given order: floating-point sums in another order differ in the last digit, and a second build is to
    give the same bytes.
-#}
{% macro weighted_mean(value, weight, in_order_of) -%}
    sum({{ value }} * {{ weight }} order by {{ in_order_of }})
    / nullif(sum({{ weight }} order by {{ in_order_of }}) filter (where {{ value }} is not null), 0)
{%- endmacro %}
