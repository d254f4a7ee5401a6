{% macro declared_spelling(text, accepted) -%}
    case
        {% for each in accepted -%}
            {%- set spelling = sql_literal(each | string) -%}
            when lower({{ text }}) = lower({{ composed(spelling) }})
            then {{ spelling }}
        {% endfor -%}
    end
{%- endmacro %}
