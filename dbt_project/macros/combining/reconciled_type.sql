{% macro reconciled_type(name, origins, declared) -%}
    {%- set types, met = [], [] -%}
    {%- for source, origin in origins.items() if origin -%}
        {%- do met.append(source ~ " " ~ origin.type) -%}
        {%- if origin.type not in types -%} {%- do types.append(origin.type) -%} {%- endif -%}
    {%- endfor -%}
    {%- if declared and types != ["varchar"] and "varchar" in types and name_of_type(declared) != "varchar" -%}
        {%- do refuse(
            "combine: " ~ name ~ " is text in one source and shall be " ~ declared ~ " (" ~ met | join(", ")
            ~ "); clean the text to that type first"
        ) -%}
    {%- endif -%}
    {%- set type = name_of_type(declared) if declared else common_type(types) -%}
    {%- if not type -%}
        {%- do refuse(
            "combine: no type holds every value of " ~ name ~ " (" ~ met | join(", ")
            ~ "); clean it to one type in every source, or declare types={'" ~ name
            ~ "': …}, with which a value that would change ends the run"
        ) -%}
    {%- endif -%}
    {{ return(type) }}
{%- endmacro %}

{% macro name_of_type(type) -%}
    {#- One name for one type. The words of an enumeration and the names within a struct stay as they are. -#}
    {%- set name = type if modules.re.search("['\"]", type) else type | lower | replace(", ", ",") -%}
    {{ return("varchar" if name in ("text", "string") else name) }}
{%- endmacro %}
