{% macro deduplicated_rows(rows, rules, is_staged) -%}
    deduplicated as (
        select
            {{ all_columns_except(names_written_anew(rules, is_staged)) }},
            {% for best in rules.best_of -%}
                case
                    when outcomes._tidemill_is_kept is null
                    then _rows.{{ quoted(best.column) }}
                    else outcomes._tidemill_best_{{ loop.index }}
                end as {{ quoted(best.column) }},
            {% endfor -%}
            {{ "outcomes._donors," if rules.best_of }}
            {{ has_null_key(rules) }} as _has_null_key,
            outcomes._duplicates,
        from {{ rows }} as _rows
        left join outcomes
            on _rows._file_id = outcomes._tidemill_file_id
            and _rows._row_number = outcomes._tidemill_row_number
        where coalesce(outcomes._tidemill_is_kept, true)
    )
{%- endmacro %}

{% macro names_written_anew(rules, is_staged) -%}
    {#- The columns that are not taken over as they stand in the rows and in `outcomes`. -#}
    {%- set names = columns_of_deduplicate() + (columns_of_clean() if is_staged else []) -%}
    {%- do names.extend(["_tidemill_file_id", "_tidemill_row_number", "_tidemill_is_kept"]) -%}
    {%- for best in rules.best_of -%} {%- do names.extend([best.column, "_tidemill_best_" ~ loop.index]) -%} {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{% macro columns_of_clean() -%}
    {{ return(["_row_fingerprint", "_is_rejected", "_problems", "_formatting", "_superseded_by_file_id"]) }}
{%- endmacro %}

{% macro columns_of_deduplicate() -%} {{ return(["_has_null_key", "_duplicates", "_donors"]) }} {%- endmacro %}
