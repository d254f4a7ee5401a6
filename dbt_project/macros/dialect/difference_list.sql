{% macro difference_list(names) -%}
    {{ return(adapter.dispatch("difference_list", "tidemill")(names)) }}
{%- endmacro %}

{% macro duckdb__difference_list(names) -%}
    {#- One struct for each column in which a pair is not plainly equal. Spark: filter(array(named_struct(…)), …). -#}
    list_filter(
        [
            {% for name in names -%}
                case
                    when {{ quoted(name ~ "__kind") }} is not null
                    then
                        struct_pack(
                            column_name := {{ sql_literal(name) }},
                            kind := {{ quoted(name ~ "__kind") }},
                            left_value := {{ quoted(name ~ "__left") }}::varchar,
                            right_value := {{ quoted(name ~ "__right") }}::varchar,
                            difference := {{ quoted(name ~ "__difference") }}
                        )
                end{{ "," if not loop.last }}
            {% else %} null::struct(column_name varchar, kind varchar, left_value varchar, right_value varchar, difference double)
            {% endfor %}
        ],
        lambda each: each is not null
    )
{%- endmacro %}
