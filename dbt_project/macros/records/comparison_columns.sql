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
                select cast(null as varchar) as comparison, cast(null as varchar) as column_name, cast(null as varchar) as compared_row
                where false
            {% endfor %}
        ),

        counts as (
            select comparison, column_name, count(*) as mismatches, min(compared_row) as example_row,
            from cells
            group by comparison, column_name
        ),

        comparison_columns as (
            select
                {{ current_run_id() }} as run_id,
                comparison,
                column_name,
                mismatches,
                {{ json_text("example_row", "'$.\"' || column_name || '__left\"'") }} as example_left,
                {{ json_text("example_row", "'$.\"' || column_name || '__right\"'") }} as example_right,
            from counts
        )

    select *
    from comparison_columns
{%- endmacro %}
