{#-
    How a build follows new and revised rows (docs/warehouse.md, "Increments").

    int_changes__tables says of each raw table whether the rows that were written since the last whole build are known
    one by one; int_changes__hours lists the UTC hours that they touch. Models with long history replace those hours
    and leave the others alone.
-#}

{#- The raw tables with long history, as staged, and the column that says when. -#}
{% macro long_histories() -%}
    {{ return([
        ('odre_national_load', 'stg_odre__national_load', 'interval_start_utc'),
        ('entsoe_total_load', 'stg_entsoe__total_load', 'interval_start_utc'),
        ('open_meteo_weather', 'stg_open_meteo__weather', 'hour_start_utc'),
        ('epex_day_ahead_price', 'stg_epex__day_ahead_price', 'delivery_start_utc'),
    ]) }}
{%- endmacro %}

{#- For models that follow changes: dbt reads the project before it knows which of them will be built in increments. -#}
{% macro depends_on_changes() -%}
    {%- if not execute -%}
        {%- do [ref('int_changes__tables'), ref('int_changes__hours')] -%}
    {%- endif -%}
{%- endmacro %}

{#- True where the whole history is computed: asked for, or the changes are not known row by row. -#}
{% macro whole_history() -%}
    {%- if flags.FULL_REFRESH -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set found = run_query('select coalesce(bool_or(is_whole), true) from ' ~ ref('int_changes__tables')) -%}
    {{ return(found.rows[0][0]) }}
{%- endmacro %}

{#- True in an increment: only what changed is computed. -#}
{% macro follows_changes() -%}
    {#- dbt's unit tests have no table of their own. -#}
    {{ return(execute and this is not none and is_incremental() and not whole_history()) }}
{%- endmacro %}

{#- Condition: the row's instant, half-hour, hour, civil date or civil month is one that changed. -#}
{% macro is_changed(column, grain) -%}
    {%- set hours = ref('int_changes__hours') -%}
    {%- if grain == 'instant' -%}
        {{ utc_hour(column) }} in (select changes.hour_start_utc from {{ hours }} as changes)
    {%- elif grain == 'half_hour' -%}
        {{ column }} in (
            select halves.half_hour_start_utc
            from {{ hours }} as changes
            cross join lateral (
                values (changes.hour_start_utc), (changes.hour_start_utc + interval '30 minutes')
            ) as halves (half_hour_start_utc)
        )
    {%- elif grain == 'hour' -%}
        {{ column }} in (select changes.hour_start_utc from {{ hours }} as changes)
    {%- elif grain == 'date' -%}
        {{ column }} in (select {{ paris_date('changes.hour_start_utc') }} from {{ hours }} as changes)
    {%- elif grain == 'month' -%}
        date_trunc('month', {{ column }})::date in (
            select date_trunc('month', {{ paris_time('changes.hour_start_utc') }})::date from {{ hours }} as changes
        )
    {%- else -%}
        {{ exceptions.raise_compiler_error('Unknown grain of changes: ' ~ grain) }}
    {%- endif -%}
{%- endmacro %}

{#- The condition as a clause; nothing where the whole history is computed. -#}
{% macro only_changed(column, grain, word='where') -%}
    {%- if follows_changes() %}{{ word }} {{ is_changed(column, grain) }}{% endif -%}
{%- endmacro %}

{#-
    Incremental strategy: the rows of what changed go, the new ones come, in one transaction. A row that is not there
    any more goes as well, which dbt's own delete+insert does not see to.
    meta: replaces: {column, grain}
-#}
{% macro get_incremental_replace_changed_sql(arg_dict) -%}
    {%- set replaces = model.config.meta.replaces -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }}
    {%- if not whole_history() %}
    where {{ is_changed(replaces.column, replaces.grain) }}
        {%- if replaces.also %} or {{ replaces.also }}{% endif %}
    {%- endif %};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{#- on-run-start: a full refresh that breaks off is not taken for a whole build. -#}
{% macro forget_what_was_seen() -%}
    {%- if execute and flags.WHICH in ('build', 'run') and flags.FULL_REFRESH -%}
        delete from {{ source('conso_ops', 'transform_seen') }}
    {%- endif -%}
{%- endmacro %}

{#- on-run-end: where every model that follows changes was built, and nothing failed, the changes are done with. -#}
{% macro remember_what_was_seen(results) -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
        {%- set ns = namespace(whole=results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'runtime error']) | list | length == 0) -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
            {%- if (node.config.materialized == 'incremental' or node.name.startswith('int_changes__'))
                and node.unique_id not in built -%}
                {%- set ns.whole = false -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if ns.whole -%}
            delete from {{ source('conso_ops', 'transform_seen') }};
            insert into {{ source('conso_ops', 'transform_seen') }} (table_name, row_count, xid_sum, xid_max)
            select table_name, row_count, xid_sum, xid_max from intermediate.int_changes__tables;
            truncate intermediate.int_changes__hours
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
