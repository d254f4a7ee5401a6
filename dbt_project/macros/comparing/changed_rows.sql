{% macro changed_rows(sides, keys, values, fold, changed) -%}
    {#- The rows of the keys that may have changed. Keys with a NULL go by themselves, because DuckDB tells a scan which
        keys to look for only where the join is on plain equality; and no CTE holds a side, for it would be read whole. -#}
    {%- set key_list = quoted_names(keys) -%}
    changed_keys as (select distinct {{ folded_names(keys, fold) }}, from {{ changed }}),

    {% for side in sides -%}
        {%- set rows = "(select " ~ folded_names(keys, fold) ~ ", " ~ quoted_names(values) ~ " from " ~ sides[side] ~ ")" -%}
        {{ side }}_changed as materialized (
            select *
            from {{ rows }} as keyed
            where ({{ key_list }}) in (select {{ key_list }} from changed_keys)
            union all
            select keyed.*
            from {{ rows }} as keyed
            inner join changed_keys on {{ same_key(keys, "keyed", "changed_keys") }}
            where {% for name in keys -%} keyed.{{ quoted(name) }} is null {{ "or " if not loop.last }} {%- endfor %}
        ){{ "," if not loop.last }}

    {% endfor %}
{%- endmacro %}
