{% macro planned_value(each, source) -%}
    {#- Where the types decide that nothing is lost, a plain cast. -#}
    {%- set origin = each.origins[source] -%}
    {#- No two enumerations are one type to DuckDB, were they of the same words: a NULL without a type leaves it. -#}
    {%- if not origin -%} {{ "null" if each.type.startswith("ENUM") else "cast(null as " ~ each.type ~ ")" }}
    {%- elif origin.type == each.type -%} {{ quoted(origin.column) }}
    {%- elif each.type == "varchar" or common_type([origin.type, each.type]) == each.type -%}
        cast({{ quoted(origin.column) }} as {{ each.type }})
    {%- else -%} {{ cast_there_and_back(source, origin, each.type) }}
    {%- endif -%}
{%- endmacro %}

{% macro cast_there_and_back(source, origin, type) -%}
    {#- A value that would change ends the run. -#}
    {%- set value = quoted(origin.column) -%}
    {%- set become = "try_cast(" ~ value ~ " as " ~ type ~ ")" -%}
    {%- set place = "combine: " ~ source ~ "." ~ origin.column ~ ": '" -%}
    {%- set remedy = "' would change as " ~ type ~ "; declare a type that holds it, or clean it" -%}
    case
        when try_cast({{ become }} as {{ origin.type }}) is not distinct from {{ value }}
        then {{ become }}
        else {{ raise_error(sql_literal(place) ~ " || cast(" ~ value ~ " as varchar) || " ~ sql_literal(remedy)) }}
    end
{%- endmacro %}
