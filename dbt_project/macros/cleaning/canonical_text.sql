{% macro canonical_text(text, rules) -%}
    {#- NULL where the text cannot become the type; never an error. -#}
    {%- set type = base_type(rules) -%}
    {%- if type == "text" -%} {{ rules["case"] ~ "(" ~ text ~ ")" if "case" in rules else text }}
    {%- elif type == "integer" -%} case when {{ matches(text, "[+-]?\d{1,18}") }} then {{ text }} end
    {%- elif type in ("decimal", "double") -%} {{ canonical_number(text, rules.get("decimal_mark", ".")) }}
    {%- elif type == "boolean" -%} {{ canonical_boolean(text) }}
    {%- else -%} {{ canonical_timestamp(text, rules.get("formats", ["iso"]), type) }}
    {%- endif -%}
{%- endmacro %}

{% macro canonical_boolean(text) -%}
    case
        when lower({{ text }}) in ('true', 't', 'yes', 'y', '1', 'ja', 'wahr')
        then 'true'
        when lower({{ text }}) in ('false', 'f', 'no', 'n', '0', 'nein', 'falsch')
        then 'false'
    end
{%- endmacro %}

{% macro canonical_number(text, decimal_mark) -%}
    {#- Digits with a point. Mark 'auto' judges by the value's shape; a lone separator before exactly three digits
        (1.234) could be either mark, so it is a problem and never a guess. -#}
    {%- set bare = "regexp_replace(" ~ text ~ ", '^([+-]?)(?:[$€£]|EUR|USD|GBP)? *|(?: *(?:[$€£]|EUR|USD|GBP))$', '\\1', 'g')" -%}
    {%- set point = "[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?" -%}
    {%- set comma = "[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?" -%}
    {%- set with_point = "replace(" ~ bare ~ ", ',', '')" -%}
    {%- set with_comma = "replace(replace(" ~ bare ~ ", '.', ''), ',', '.')" -%}
    case
        {% if decimal_mark == "auto" -%}
            when {{ matches(bare, "[+-]?[1-9]\d{0,2}[.,]\d{3}") }}
            then null
        {% endif -%}
        {%- if decimal_mark in (".", "auto") -%}
            when {{ matches(bare, point) }}
            then {{ with_point }}
        {% endif -%}
        {%- if decimal_mark in (",", "auto") -%}
            when {{ matches(bare, comma) }}
            then {{ with_comma }}
        {% endif -%}
        when {{ matches(bare, "[+-]?\d+(\.\d+)?[eE][+-]?\d{1,3}") }}
        then {{ bare }}
    end
{%- endmacro %}

{% macro canonical_timestamp(text, formats, type) -%}
    {#- The value's shape chooses the format: one regular expression a value, instead of trying one format after another. -#}
    {%- set time = "[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?Z?" -%}
    {%- set moment = "try_cast(regexp_extract(" ~ text ~ ", '[ T](\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,6})?)?)', 1) as time)" -%}
    cast(
        case
            {% for name in formats -%}
                {%- set shape = date_formats()[name].shape -%}
                {%- set day = try_parse_timestamp("regexp_extract(" ~ text ~ ", '^" ~ shape ~ "')", date_formats()[name].format) -%}
                when {{ matches(text, shape) }}
                then {{ day }}{{ "::date" if type == "date" }}
                when {{ matches(text, shape ~ time) }}
                then {{ day ~ "::date" if type == "date" else "(" ~ day ~ "::date + " ~ moment ~ ")" }}
            {% endfor -%}
        end as {{ dbt.type_string() }}
    )
{%- endmacro %}
