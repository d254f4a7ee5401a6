{% macro has_null_key(rules) -%}
    {%- if rules["keys"] and not rules["merge_null_keys"] -%} {{ any_is_null(rules["keys"]) }} {%- else -%} false {%- endif -%}
{%- endmacro %}

{% macro any_is_null(expressions) -%}
    ({% for each in expressions %}({{ each }}) is null{{ " or " if not loop.last }}{% endfor %})
{%- endmacro %}
