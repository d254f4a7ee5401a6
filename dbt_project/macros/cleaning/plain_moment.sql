{% macro plain_moment(raw, rules) -%}
    {#- A cast alone would take 2024-02-2Z for 2 February, and 1-12-01-01 for a day of the year 1. -#}
    {%- set type, day = base_type(rules), year_shape() ~ "-\\d{2}-\\d{2}" -%}
    {%- if not is_iso_first(declared_formats(rules)) -%} {{ return("") }}
    {%- elif type == "date" -%} {{ return(matches(raw, day)) }}
    {%- elif "timezone" in rules -%} {{ return("") }}
    {%- endif -%}
    {%- set shape = day ~ " (?:[01]\\d|2[0-3]):\\d{2}:\\d{2}(?:[.]\\d{0,5}[1-9])?" -%}
    {{ return(matches(raw, shape ~ ("[+]00" if type == "timestamptz" else ""))) }}
{%- endmacro %}

{% macro is_iso_first(formats) -%}
    {#- Of the named formats none takes what is written as iso; one of declared letters may. -#}
    {{ return(formats[0] == "iso" or ("iso" in formats and formats | reject("in", date_formats()) | list == [])) }}
{%- endmacro %}

{% macro plain_moment_at(step, raw, type) -%}
    {#- The day and the moment of which a plain text becomes one at once. -#}
    {%- if step == "prepared" -%} {{ return(try_cast_to("left(" ~ raw ~ ", 10)", "date")) }} {%- endif -%}
    {%- set without_zone = "left(" ~ raw ~ ", length(" ~ raw ~ ") - 3)" -%}
    {{ return(try_cast_to(without_zone if type == "timestamptz" else raw, "timestamp")) }}
{%- endmacro %}
