{% macro comparison_columns(compared) -%}
    with
        {% for each in compared -%}
            {{ each.comparison }}_cells as (
                select
                    '{{ each.comparison }}' as comparison,
                    {{ split_rows("changed_columns") }} as column_name,
                    {{ row_as_json("compared") }} as compared_row,
                from {{ each.relation }} as compared
                where is_changed
            ),

        {% endfor -%}
        cells as (
            {% for each in compared -%}
                select * from {{ each.comparison }}_cells
                {{ "union all" if not loop.last }}
            {% else -%}
                -- No comparison is declared.
                {{ no_rows(["comparison", "column_name", "compared_row"]) }}
            {% endfor %}
        ),

        value_pairs as (
            select
                comparison,
                column_name,
                compared_row,
                {{ json_text("compared_row", "'$.\"' || column_name || '__left\"'") }} as left_value,
                {{ json_text("compared_row", "'$.\"' || column_name || '__right\"'") }} as right_value,
            from cells
        ),

        comparison_columns as (
            select
                {{ current_run_id() }} as run_id,
                comparison,
                column_name,
                count(*) as mismatches,
                max(abs(try_cast(left_value as double) - try_cast(right_value as double))) as max_difference,
                min_by(left_value, compared_row) as example_left,
                min_by(right_value, compared_row) as example_right,
            from value_pairs
            group by comparison, column_name
        )

    select *
    from comparison_columns
{%- endmacro %}
