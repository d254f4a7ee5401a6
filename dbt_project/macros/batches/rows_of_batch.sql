{% macro rows_of_batch(read, sql, since) -%}
    {%- if is_found(read, since) -%} {{ return(rows_found(read)) }}
    {%- elif read["takes"] == "groups" -%} {{ return(rows_of_groups(read, columns_of_read(read, sql))) }}
    {%- elif read["takes"] == "places" -%} {{ return(rows_of_places(read["relation"], columns_of_read(read, sql))) }}
    {%- else -%} {{ return(rows_of_files(read["relation"], read.get("file_column", "_file_id"))) }}
    {%- endif -%}
{%- endmacro %}

{% macro rows_of_files(relation, file_column) -%}
    select * from {{ relation }} where {{ file_column }} in (select file_id from {{ batch_table("files") }})
{%- endmacro %}

{% macro rows_of_places(relation, columns) -%}
    select {{ columns }}
    from {{ relation }} as _rows
    semi join {{ batch_table("places") }} as places
        on _rows._file_id = places._file_id
        and _rows._row_number = places._row_number
{%- endmacro %}

{% macro columns_of_read(read, sql=none) -%}
    {%- if "columns" in read -%} {{ return("_rows." ~ read["columns"] | join(", _rows.")) }} {%- endif -%}
    {{ return(columns_named_in(sql) if read.get("passes_on_the_rest") else "_rows.*") }}
{%- endmacro %}
