{% macro finds_groups(plan) -%}
    {#- Whether the table is a de-duplicated one. -#}
    {{ return(plan and plan["reads"][0]["takes"] == "groups") }}
{%- endmacro %}

{% macro keep_batch(target, groups, sql) -%}
    {#- Finding groups reads the key of every row there is, so whatever follows the table takes them from here. -#}
    {{ return([
        "create or replace table " ~ last_batch(target, "groups") ~ " as select * from " ~ groups,
        "create or replace table " ~ last_batch(target, "kept") ~ " as " ~ sql,
    ]) }}
{%- endmacro %}

{% macro last_batch(relation, what) -%}
    {%- set parts = parts_of_name(relation) -%}
    {{ return('batches."' ~ parts[1] ~ "." ~ parts[2] ~ " " ~ what ~ '"') }}
{%- endmacro %}

{% macro is_found(read, since) -%}
    {#- Whether the last batch of the de-duplicated table has found all groups that have changed after `since`. -#}
    {{ return(read.get("found_since") is not none and read["found_since"] <= since) }}
{%- endmacro %}

{% macro rows_found(read) -%}
    {%- set what = "kept" if read["relation"] == read["found_by"] else "groups" -%}
    {{ return(rows_of_places(last_batch(read["found_by"], what), columns_of_read(read))) }}
{%- endmacro %}

{% macro with_the_rest(target, read, sql) -%}
    {#- The columns that decide nothing are read of the rows that are kept only, mostly those of the newest files. -#}
    {%- if not read["passes_on_the_rest"] -%} {{ return("select * from " ~ last_batch(target, "kept")) }} {%- endif -%}
    {{ return(
        "select * from " ~ last_batch(target, "kept") ~ " as kept inner join (select " ~ columns_not_named_in(sql)
        ~ " from " ~ read["relation"] ~ ") as rest using (_file_id, _row_number)"
    ) }}
{%- endmacro %}

{% macro passes_on_the_rest(expressions) -%}
    {#- A star, a place or the row itself reads columns without their names. -#}
    {{ return(modules.re.search("[*#]|columns|_rows", expressions | join(" ") | lower) is none) }}
{%- endmacro %}

{% macro columns_named_in(sql) -%} {{ return("columns(_column -> " ~ is_named_in(sql) ~ ")") }} {%- endmacro %}

{% macro columns_not_named_in(sql) -%}
    {{ return("columns(_column -> _column in ('_file_id', '_row_number') or not " ~ is_named_in(sql) ~ ")") }}
{%- endmacro %}

{% macro is_named_in(sql) -%}
    {#- Too many are named rather than too few: a name may also be a part of another word. -#}
    {{ return("contains(lower(" ~ sql_literal(sql) ~ "), replace(lower(_column), '\"', '\"\"'))") }}
{%- endmacro %}
