{% macro most_trusted(values, column="_source") -%}
    {#- An order for `order_by`: the values of a column from the most to the least trusted, all others after them. -#}
    {%- set cases, listed_values = [], [values] if values is string else values -%}
    {%- for value in listed_values -%} {%- do cases.append("when " ~ sql_literal(value) ~ " then " ~ loop.index) -%} {%- endfor -%}
    {%- set expression = "case " ~ column ~ " " ~ cases | join(" ") ~ " else " ~ (listed_values | length + 1) ~ " end" -%}
    {{ return({"rule": "most_trusted", "expression": expression, "direction": " nulls last"}) }}
{%- endmacro %}

{% macro most_complete(columns) -%}
    {#- An order for `order_by`: the row in which most of these columns have a value comes first. -#}
    {%- set counts = [] -%}
    {%- for name in ([columns] if columns is string else columns) -%}
        {%- do counts.append("case when " ~ quoted(name) ~ " is null then 0 else 1 end") -%}
    {%- endfor -%}
    {{ return({"rule": "most_complete", "expression": counts | join(" + "), "direction": " desc nulls last"}) }}
{%- endmacro %}
