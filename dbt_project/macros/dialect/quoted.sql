{% macro quoted(name) -%} {{ adapter.quote(name | replace('"', '""')) }} {%- endmacro %}

{% macro quoted_names(names, fold={}) -%}
    {% for name in names -%}
        {% if name in fold %}{{ folded(quoted(name), fold[name]) }} as {% endif %}{{ quoted(name) }}{{ ", " if not loop.last }}
    {%- endfor %}
{%- endmacro %}
