{% macro date_formats() -%}
    {#- Name -> how a date is written. Any other way is declared by its letters, such as '%d %B %Y'. -#}
    {{ return({
        "iso": "%Y-%m-%d",
        "us": "%m/%d/%Y",
        "uk": "%d/%m/%Y",
        "us_dash": "%m-%d-%Y",
        "uk_dash": "%d-%m-%Y",
        "german": "%d.%m.%Y",
        "compact": "%Y%m%d",
        "excel": "",
        "excel_1904": "",
    }) }}
{%- endmacro %}

{% macro declared_formats(rules) -%}
    {#- What is tried, in this order; without a declaration the ways that can be told apart, and day or month first as the
        values of the file show. -#}
    {%- set names = rules.get("formats", ["auto"]) -%}
    {{ return(["iso", "german", "compact", "uk", "uk_dash"] if needs_date_evidence(rules) else names) }}
{%- endmacro %}

{% macro needs_date_evidence(rules) -%} {{ return(rules.get("formats", ["auto"]) | list == ["auto"]) }} {%- endmacro %}

{% macro has_declared_days(rules) -%}
    {#- A date of a typed file has one form, however the texts of its source are written. -#}
    {{ return(is_moment(rules) and "path" not in rules and "iso" not in declared_formats(rules)) }}
{%- endmacro %}

{% macro shape_of(name) -%}
    {{ return("\\d{1,7}(?:[.]\\d+)?" if name in ("excel", "excel_1904") else date_shape(date_formats().get(name, name))) }}
{%- endmacro %}

{% macro date_shape(format) -%}
    {#- The regular expression of a way to write dates. Two places that touch have all their digits. -#}
    {%- set found = namespace(shape="", position=0) -%}
    {%- set places = {"%Y": year_shape(), "%y": "\\d{2}", "%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}"} -%}
    {%- set parts = modules.re.findall("%.|[^%]", format) -%}
    {%- for part in parts -%}
        {%- set beside = [loop.previtem, loop.nextitem] | select("in", ["%Y", "%y", "%m", "%d"]) | list -%}
        {%- if part in ("%d", "%m") -%} {%- set found.shape = found.shape ~ ("\\d{2}" if beside else "\\d{1,2}") -%}
        {%- else -%} {%- set found.shape = found.shape ~ places.get(part, modules.re.escape(part)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found.shape) }}
{%- endmacro %}

{% macro year_shape() -%}
    {#- The year before 1 was no year 0, which DuckDB would write as one before Christ. -#}
    {{ return("(?:[1-9]\\d{3}|\\d[1-9]\\d{2}|\\d{2}[1-9]\\d|\\d{3}[1-9])") }}
{%- endmacro %}

{% macro time_shape(rules) -%}
    {#- A date may stand with the time of midnight only: another one would be lost. -#}
    {%- if base_type(rules) == "date" -%} {{ return("[ T]0?0:00(?::00(?:[.,]0{1,9})?)?Z?") }} {%- endif -%}
    {%- set clock = "[ T](?:[01]?\\d|2[0-3]):\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?[AaPp][Mm])?" -%}
    {{ return(clock ~ "(?: ?(?:Z|[+-]\\d{2}(?::?\\d{2})?))?") }}
{%- endmacro %}
