{% macro listed(argument, given) -%}
    {#- Two columns in one text would be taken for one key that is never null. -#}
    {%- set items = [given] if given is string or given is mapping else (given or []) -%}
    {%- for item in items if item is string and has_open_comma(item) -%}
        {%- do refuse(
            "deduplicate: " ~ argument ~ " '" ~ item
            ~ "' holds a comma; give a list of columns, or put the expression in parentheses"
        ) -%}
    {%- endfor -%}
    {{ return(items) }}
{%- endmacro %}

{% macro has_open_comma(text) -%}
    {%- set seen = namespace(depth=0, comma=false) -%}
    {#- What stands in quotes divides nothing. -#}
    {%- for character in without_quoted(text) -%}
        {%- set seen.depth = seen.depth + {"(": 1, ")": -1, "[": 1, "]": -1, "{": 1, "}": -1}.get(character, 0) -%}
        {%- set seen.comma = seen.comma or (character == "," and seen.depth == 0) -%}
    {%- endfor -%}
    {{ return(seen.comma) }}
{%- endmacro %}

{% macro without_quoted(text) -%} {{ return(modules.re.sub("'[^']*'|\"[^\"]*\"", "", text)) }} {%- endmacro %}

{% macro without_collation(argument, expressions) -%}
    {#- Rows are found by hashes, which differ for texts that a collation takes for equal. -#}
    {%- for expression in expressions if " collate " in expression | lower -%}
        {%- do refuse(
            "deduplicate: " ~ argument ~ " '" ~ expression
            ~ "' compares by a collation, which equal rows are not found by; write lower(…) or strip_accents(…) instead"
        ) -%}
    {%- endfor -%}
    {{ return(expressions) }}
{%- endmacro %}
