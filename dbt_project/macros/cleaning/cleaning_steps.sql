{% macro cleaning_steps(relation, columns) -%}
    {#- What each value was at each step from the raw text on: one row per row, column and step, made by the SQL of `clean`. -#}
    {%- do check_cleaning_rules(columns) -%}
    with
        {{ value_ctes(relation, columns) }}

        steps as (
            {% for name, rules in columns.items() -%}
                {%- set is_last = loop.last -%}
                {%- for step in levels_of(rules) -%}
                    select
                        _file_id,
                        _row_number,
                        {{ sql_literal(name) }} as column_name,
                        {{ loop.index }} as position,
                        '{{ step }}' as step,
                        cast({{ adapter.quote(name ~ "__" ~ step) }} as {{ dbt.type_string() }}) as text,
                    from typed_values
                    {{ "union all" if not (loop.last and is_last) }}
                {% endfor -%}
            {%- endfor %}
        )

    select _file_id, _row_number, column_name, position, step, text
    from steps
{%- endmacro %}
