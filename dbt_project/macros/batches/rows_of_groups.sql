{% macro rows_of_groups(read, columns) -%}
    {#- Every row of the groups in which a row has changed, or had one: of the same key, or of equal content where a row has
        no key. -#}
    {%- set relation, groups = read["relation"], read["groups"] -%}
    {%- set new_rows = changed_rows_of(read) -%}
    {%- set lacks_key = has_null_key(groups) -%}
    {%- if groups["keys"] -%}
        {{ rows_alike(relation, columns, new_rows, groups["keys"], "not " ~ lacks_key, groups["merge_null_keys"]) }}
    {%- endif -%}
    {%- if groups["keys"] and not groups["merge_null_keys"] %} union all {% endif -%}
    {%- if not (groups["keys"] and groups["merge_null_keys"]) -%}
        {{ rows_alike(relation, columns, new_rows, groups["content"], lacks_key if groups["keys"] else "true", true) }}
    {%- endif -%}
{%- endmacro %}

{% macro changed_rows_of(read) -%}
    {%- set queries = [rows_of_places(read["relation"], "_rows.*")] -%}
    {%- if read.get("follows") != "rows" -%} {%- do queries.append(rows_of_files(read["relation"], "_file_id")) -%} {%- endif -%}
    ({{ queries | join(" union all ") }})
{%- endmacro %}

{% macro rows_alike(relation, columns, new_rows, expressions, condition, null_is_equal) -%}
    {%- set names, joins = [], [] -%}
    {%- for each in expressions -%}
        {%- do names.append("(" ~ each ~ ") as _tidemill_group_" ~ loop.index) -%}
        {%- do joins.append("(" ~ each ~ ") " ~ ("is not distinct from" if null_is_equal else "=") ~ " _tidemill_group_" ~ loop.index) -%}
    {%- endfor -%}
    select {{ columns }}
    from {{ relation }} as _rows
    semi join (select distinct {{ names | join(", ") }} from {{ new_rows }} as _rows where {{ condition }}) as new_groups
        on {{ joins | join(" and ") }}
    where {{ condition }}
{%- endmacro %}
