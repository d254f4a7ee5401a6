{% macro cleaning_steps(relation, columns) -%}
    {#- What each value was at each step from the raw text on: one row per row, column and step, made by the SQL of
        `clean`. -#}
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
                        cast({{ value_at_step(name, rules, step) }} as {{ dbt.type_string() }}) as text,
                    from typed_values
                    {{ "union all" if not (loop.last and is_last) }}
                {% endfor -%}
            {%- endfor %}
        )

    select _file_id, _row_number, column_name, position, step, text
    from steps
{%- endmacro %}

{% macro value_at_step(name, rules, step) -%}
    {#- The last is the model's cell, of which the limits have their say. -#}
    {%- if step == "value" -%} {{ return(accepted_value(name, rules)) }} {%- endif -%}
    {%- set shown = quoted(name ~ "__" ~ step) -%}
    {%- if not (is_moment(rules) and step in ("prepared", "canonical") and plain_condition(name, rules)) -%}
        {{ return(shown) }}
    {%- endif -%}
    {%- set plain = plain_moment_at(step, quoted(name ~ "__raw"), base_type(rules)) -%}
    {{ return("case when " ~ quoted(name ~ "__plain") ~ " then " ~ plain ~ " else " ~ shown ~ " end") }}
{%- endmacro %}
