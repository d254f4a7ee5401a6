{% macro check_table_of_deduplication(relation, rules, is_staged) -%}
    {#- Refuses what would be lost or fail, as far as the table's columns are known. -#}
    {%- set types = columns_of_relations({"read": relation})["read"] if is_one_table(relation) else none -%}
    {%- if types -%}
        {%- do refuse_own_names(relation, types) -%}
        {%- if not is_staged -%}
            {%- do refuse_staging_model(relation, types) -%}
            {%- do refuse_columns_of_others(relation, types) -%}
        {%- endif -%}
        {%- do refuse_values_without_order(relation, types_that_decide(relation, types, rules, is_staged)) -%}
    {%- endif -%}
{%- endmacro %}

{% macro refuse_own_names(relation, types) -%}
    {%- for name in types if name.lower().startswith("_tidemill_") -%}
        {%- do refuse(
            "deduplicate: " ~ relation ~ " has a column '" ~ name
            ~ "', and names that begin so are the macro's own; rename it before"
        ) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro refuse_staging_model(relation, types) -%}
    {#- Its rejected and superseded rows would compete. A column that is only called so is somebody's own, and stays. -#}
    {%- if types | map("lower") | select("in", columns_of_clean()) | list | length == columns_of_clean() | length -%}
        {%- do refuse(
            "deduplicate: " ~ relation ~ " is a staging model, or holds rows of one, of which some may be rejected;"
            ~ " leave is_staged=false out"
        ) -%}
    {%- endif -%}
{%- endmacro %}

{% macro refuse_columns_of_others(relation, types) -%}
    {#- What an earlier de-duplication has written, which are at least two columns, gives way to what this one writes; a
        column that is only called so is somebody's own. -#}
    {%- set names = types | map("lower") | select("in", columns_of_deduplicate()) | list -%}
    {%- if names and not ("_has_null_key" in names and "_duplicates" in names) -%}
        {%- do refuse(
            "deduplicate: " ~ relation ~ " has a column '" ~ names[0]
            ~ "', which deduplicate writes itself; rename it, or leave it out, before"
        ) -%}
    {%- endif -%}
{%- endmacro %}

{% macro types_that_decide(relation, types, rules, is_staged) -%}
    {#- The types of what rows are told apart and ordered by; where that is the whole row, of its columns. -#}
    {%- set expressions = expressions_that_decide(rules) -%}
    {%- set selected, found = [], {} -%}
    {%- for each in expressions -%} {%- do selected.append("(" ~ each ~ ") as type_" ~ loop.index) -%} {%- endfor -%}
    {%- set of_expressions = types_of_columns("(select " ~ selected | join(", ") ~ " from " ~ relation ~ " as _rows)") -%}
    {%- for each in expressions -%} {%- do found.update({each: of_expressions["type_" ~ loop.index]}) -%} {%- endfor -%}
    {{ return(found if is_staged else dict(found, **types)) }}
{%- endmacro %}

{% macro refuse_values_without_order(relation, types) -%}
    {#- DuckDB ends with an error where it meets a number and a text, and gives equal numbers unequal hashes. -#}
    {%- for what, type in types.items() if modules.re.search("\\bVARIANT(?=[\\[\\],)]|$)", without_quoted(type)) -%}
        {%- do refuse(
            "deduplicate: " ~ relation ~ ": '" ~ what ~ "' is " ~ type
            ~ ", whose values can neither be ordered nor told to be equal; cast it to one type, such as json, before"
        ) -%}
    {%- endfor -%}
{%- endmacro %}
