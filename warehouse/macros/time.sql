{#- All of these give the same result whatever time zone the session has. -#}

{#- The start of the UTC hour that an instant lies in. -#}
{% macro utc_hour(instant) -%}
    date_bin('1 hour', {{ instant }}, timestamptz '2000-01-01 00:00:00+00')
{%- endmacro %}

{#- The start of the half-hour that an instant lies in. -#}
{% macro utc_half_hour(instant) -%}
    date_bin('30 minutes', {{ instant }}, timestamptz '2000-01-01 00:00:00+00')
{%- endmacro %}

{#- French wall-clock time of an instant (timestamp without time zone; 02:00-03:00 comes twice in October). -#}
{% macro paris_time(instant) -%}
    ({{ instant }} at time zone 'Europe/Paris')
{%- endmacro %}

{#- French civil date of an instant. -#}
{% macro paris_date(instant) -%}
    ({{ instant }} at time zone 'Europe/Paris')::date
{%- endmacro %}

{#- The instant at which a French civil date begins. -#}
{% macro paris_day_start(day) -%}
    ({{ day }}::timestamp at time zone 'Europe/Paris')
{%- endmacro %}

{#- The instant of a French wall-clock time ('10:00') on the day before the French civil day of an instant. -#}
{% macro paris_day_before(instant, wall_clock) -%}
    (({{ paris_date(instant) }} - 1 + time '{{ wall_clock }}') at time zone 'Europe/Paris')
{%- endmacro %}

{#- What time it is in this warehouse: CONSO_NOW, else the data's own clock, else the system's. -#}
{% macro clock_utc() -%}
    {%- set frozen = env_var('CONSO_NOW', '') -%}
    {%- if frozen -%}
        timestamptz '{{ frozen | replace("'", "''") }}'
    {%- else -%}
        (select coalesce(max(clock.clock_utc), now()) from {{ ref('stg_conso__warehouse') }} as clock)
    {%- endif -%}
{%- endmacro %}
