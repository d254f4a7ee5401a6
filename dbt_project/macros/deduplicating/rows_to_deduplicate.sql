{% macro rows_to_deduplicate(relation, is_staged) -%}
    {#- Written out wherever it is read, so that each reader takes only its own columns of it: a common table that is
        read twice would be kept whole. -#}
    (
        select *
        from {{ relation }} as _given
        {{ "where not coalesce(_is_rejected, false) and _superseded_by_file_id is null" if is_staged }}
    )
{%- endmacro %}
