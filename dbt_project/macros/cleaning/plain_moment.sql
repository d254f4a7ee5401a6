{% macro plain_moment(raw, rules) -%}
    {%- set formats, type = declared_formats(rules), base_type(rules) -%}
    {%- if formats[0] != "iso" and not ("iso" in formats and formats | select("in", date_formats()) | list == formats) -%} {{ return("") }}
    {#- A cast alone would take 2024-02-2Z for 2 February, and 1-12-01-01 for a day of the year 1. -#}
    {%- elif type == "date" -%} {{ return(matches(raw, year_shape() ~ "-\\d{2}-\\d{2}")) }}
    {%- elif "timezone" in rules -%} {{ return("") }}
    {%- endif -%}
    {%- set shape = year_shape() ~ "-\\d{2}-\\d{2} (?:[01]\\d|2[0-3]):\\d{2}:\\d{2}(?:[.]\\d{0,5}[1-9])?" -%}
    {{ return(matches(raw, shape ~ ("[+]00" if type == "timestamptz" else ""))) }}
{%- endmacro %}
