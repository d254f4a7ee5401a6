{% macro quoted(name) -%} {{ adapter.quote(name | replace('"', '""')) }} {%- endmacro %}

{% macro quoted_names(names) -%}
    {% for name in names -%} {{ quoted(name) }}{{ ", " if not loop.last }} {%- endfor %}
{%- endmacro %}
