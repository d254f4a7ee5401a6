{% macro deduplicate(relation, partition_by=none, order_by=none, columns=none, best_of=none, merge_null_keys=false, is_staged=true) -%}
    {%- set rules = rules_of_deduplication(partition_by, order_by, columns, best_of, merge_null_keys, is_staged) -%}
    {%- set rows = rows_to_deduplicate(relation, is_staged) -%}
    {%- do check_table_of_deduplication(relation, rules, is_staged) -%}
    {%- set own_names = columns_of_deduplicate() + (columns_of_clean() if is_staged else []) -%}
    {{ batched_by_group(relation, rules) }}
    with
        {{ rows_in_place(rows, rules) }},

        {{ losers_of_places(rules) }},

        beaten as (
            select
                kept_file_id,
                kept_row_number,
                {{ sorted_text_list(loser_code()) }} as _duplicates,
            from losers
            group by kept_file_id, kept_row_number
        ),

        {{ best_values(rules) if rules.best_of }}

        -- The rows that lost and those that beat them: few, where most rows are alone.
        outcomes as (
            select
                beaten.kept_file_id as _tidemill_file_id,
                beaten.kept_row_number as _tidemill_row_number,
                true as _tidemill_is_kept,
                {% for best in rules.best_of -%} best_values._best_{{ loop.index }} as _tidemill_best_{{ loop.index }}, {% endfor -%}
                {{ "best_values._donors," if rules.best_of }}
                beaten._duplicates,
            from beaten
            {% if rules.best_of -%}
                inner join best_values
                    on beaten.kept_file_id = best_values.kept_file_id
                    and beaten.kept_row_number = best_values.kept_row_number
            {%- endif %}
            union all
            select _file_id, _row_number, false, {{ "null, " * (rules.best_of | length + 1) if rules.best_of }} null
            from losers
        ),

        deduplicated as (
            select
                {{ all_columns_except(own_names + names_of_outcomes(rules)) }},
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

    select *
    from deduplicated
    {{ end_of_batched() }}
{%- endmacro %}

{% macro columns_of_clean() -%}
    {{ return(["_row_fingerprint", "_is_rejected", "_problems", "_formatting", "_superseded_by_file_id"]) }}
{%- endmacro %}

{% macro columns_of_deduplicate() -%} {{ return(["_has_null_key", "_duplicates", "_donors"]) }} {%- endmacro %}

{% macro names_of_outcomes(rules) -%}
    {%- set names = ["_tidemill_file_id", "_tidemill_row_number", "_tidemill_is_kept"] -%}
    {%- for best in rules.best_of -%} {%- do names.extend([best.column, "_tidemill_best_" ~ loop.index]) -%} {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
