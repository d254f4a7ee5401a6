{% macro rows_of_groups(relation, groups, columns) -%}
    {#- Every row of the groups in which a file has changed anything: of the same key, or of equal content where a row
        has no key. -#}
    {%- set new_rows = "(select * from " ~ relation ~ " where _file_id in (select file_id from " ~ batch_table("files") ~ "))" -%}
    {%- set has_null_key = any_is_null(groups["keys"]) if groups["keys"] and not groups["merge_null_keys"] else "false" -%}
    {%- if groups["keys"] -%}
        {{ rows_alike(relation, columns, new_rows, groups["keys"], "not " ~ has_null_key, groups["merge_null_keys"]) }}
    {%- endif -%}
    {%- if groups["keys"] and not groups["merge_null_keys"] %} union all {% endif -%}
    {%- if not (groups["keys"] and groups["merge_null_keys"]) -%}
        {{ rows_alike(relation, columns, new_rows, groups["content"], has_null_key if groups["keys"] else "true", true) }}
    {%- endif -%}
{%- endmacro %}

{% macro rows_alike(relation, columns, new_rows, expressions, condition, null_is_equal) -%}
    {%- set names, joins = [], [] -%}
    {%- for each in expressions -%}
        {%- do names.append("(" ~ each ~ ") as _group_" ~ loop.index) -%}
        {%- do joins.append("(" ~ each ~ ") " ~ ("is not distinct from" if null_is_equal else "=") ~ " _group_" ~ loop.index) -%}
    {%- endfor -%}
    select {{ columns }}
    from {{ relation }} as each
    semi join (select distinct {{ names | join(", ") }} from {{ new_rows }} as new_rows where {{ condition }}) as new_groups
        on {{ joins | join(" and ") }}
    where {{ condition }}
{%- endmacro %}

{% macro any_is_null(expressions) -%}
    ({% for each in expressions %}({{ each }}) is null{{ " or " if not loop.last }}{% endfor %})
{%- endmacro %}
