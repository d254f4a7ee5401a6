{% macro comparison_columns(compared) -%}
    with
        {% for each in compared -%}
            {{ quoted(each.comparison ~ "_columns") }} as (
                select {{ sql_literal(each.comparison) }} as comparison, columns_of_comparison.*
                from ({{ columns_of_comparison(each.relation) }}) as columns_of_comparison
            ),

        {% endfor -%}
        differing_columns as (
            {% for each in compared -%}
                select * from {{ quoted(each.comparison ~ "_columns") }}
                {{ "union all" if not loop.last }}
            {% else -%}
                -- No comparison is declared.
                {% set texts = ["comparison", "column_name", "example_left", "example_right", "left_type", "right_type"] -%}
                {% set numbers = ["mismatches", "different", "null_left", "null_right", "within_tolerance", "max_difference"] -%}
                {{ no_rows(texts, numbers) }}
            {% endfor %}
        ),

        comparison_columns as (
            select
                {{ current_run_id() }} as run_id,
                comparison,
                column_name,
                mismatches,
                different,
                null_left,
                null_right,
                within_tolerance,
                cast(max_difference as double) as max_difference,
                example_left,
                example_right,
                left_type,
                right_type,
            from differing_columns
        )

    select *
    from comparison_columns
{%- endmacro %}
