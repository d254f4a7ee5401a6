{% macro postcodes() -%}
    {#- Country -> how its postcodes are written without their space or hyphen, in parts, and what stands between them. -#}
    {{ return({
        "AT": {"parts": "([1-9]\\d{3})", "written": "\\1"},
        "AU": {"parts": "(\\d{4})", "written": "\\1"},
        "BE": {"parts": "([1-9]\\d{3})", "written": "\\1"},
        "CA": {"parts": "([A-Z]\\d[A-Z])(\\d[A-Z]\\d)", "written": "\\1 \\2"},
        "CH": {"parts": "([1-9]\\d{3})", "written": "\\1"},
        "DE": {"parts": "(\\d{5})", "written": "\\1"},
        "DK": {"parts": "(\\d{4})", "written": "\\1"},
        "ES": {"parts": "(\\d{5})", "written": "\\1"},
        "FR": {"parts": "(\\d{5})", "written": "\\1"},
        "GB": {"parts": "([A-Z]{1,2}\\d[A-Z0-9]?)(\\d[A-Z]{2})", "written": "\\1 \\2"},
        "IT": {"parts": "(\\d{5})", "written": "\\1"},
        "NL": {"parts": "([1-9]\\d{3})([A-Z]{2})", "written": "\\1 \\2"},
        "PL": {"parts": "(\\d{2})(\\d{3})", "written": "\\1-\\2"},
        "SE": {"parts": "(\\d{3})(\\d{2})", "written": "\\1 \\2"},
        "US": {"parts": "(\\d{5})", "written": "\\1"},
    }) }}
{%- endmacro %}

{% macro normalized_postcode(text, country) -%}
    {#- Of letters that are none of it `upper` makes some that are, such as an S of a long s. -#}
    {%- set compact = "case when " ~ is_printable(text) ~ " then upper(" ~ replaced(text, "[ -]", "") ~ ") end" -%}
    {%- set written = postcodes()[country] -%}
    case
        {% if country == "US" -%}
            when {{ matches(compact, "\\d{9}") }}
            then {{ replaced(compact, "^(\\d{5})(\\d{4})$", "\\1-\\2") }}
        {% endif -%}
        when {{ matches(compact, written["parts"]) }}
        then {{ replaced(compact, "^" ~ written["parts"] ~ "$", written["written"]) }}
    end
{%- endmacro %}
