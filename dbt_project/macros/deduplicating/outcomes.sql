{% macro outcomes(rules) -%}
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
    )
{%- endmacro %}
