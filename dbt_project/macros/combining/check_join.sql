{% macro left_names_of(key) -%}
    {%- set names = [key] if key is string else (key.keys() | list if key is mapping else key) -%}
    {%- if not names -%}
        {%- do refuse("join_report: no key is given; name the columns to join on") -%}
    {%- endif -%}
    {%- for name in names -%}
        {%- if name | lower in names[: loop.index0] | map("lower") | list -%}
            {%- do refuse("join_report: the key '" ~ name ~ "' is named twice; write it once") -%}
        {%- elif name | lower in ("_merge", "rows_left", "rows_right", "rows_joined") -%}
            {%- do refuse(
                "join_report: the key '" ~ name
                ~ "' has a name that the report gives to a column of its own; rename it first"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{% macro check_types_of_join(left, right, types, names, right_names) -%}
    {%- for name in names -%}
        {%- set right_name = right_names[loop.index0] -%}
        {%- set one, other = type_of_column(types["left"], name), type_of_column(types["right"], right_name) -%}
        {%- if one and other and not (types_meet(one, other) and keys_meet([one, other])) -%}
            {%- do refuse(
                "join_report: " ~ left ~ " has '" ~ name ~ "' as " ~ one ~ ", but " ~ right ~ " has '" ~ right_name
                ~ "' as " ~ other
                ~ ", and a join would have to read one as the other; declare one type for both where they are cleaned, or cast one of them"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro keys_meet(types) -%}
    {#- DuckDB compares a moment with a zone with one of another unit than microseconds, but has no type for both. -#}
    {%- set others = types | select("in", ["TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"]) | list -%}
    {{ return(not others or "TIMESTAMP WITH TIME ZONE" not in types) }}
{%- endmacro %}
