{% macro mapped_text(text, map) -%}
    case {{ text }}
        {% for before, after in map.items() -%}
            when {{ sql_literal(before | string) }} then {{ sql_literal(after | string) }}
        {% endfor -%}
        else {{ text }}
    end
{%- endmacro %}
