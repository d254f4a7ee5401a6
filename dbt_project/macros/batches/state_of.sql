{% macro state_of(name) -%}
    {#- Which table a relation is just now, and up to which load it has come; none where that is not known. -#}
    {%- set relation = relation_called(name) -%}
    {%- if is_landed(relation) -%} {{ return({"generation": column_types(relation), "load_id": last_load_id()}) }} {%- endif -%}
    {{ return(read_mark(relation)) }}
{%- endmacro %}

{% macro is_landed(relation) -%}
    {#- Whether Python writes the table, and records in file_loads whatever it does to it. -#}
    {%- set place = (relation.database, relation.schema, relation.identifier) -%}
    {%- for source in graph.sources.values() if (source.database, source.schema, source.identifier) == place -%}
        {%- if source.schema == "records" or (source.external and source.external.location) -%} {{ return(true) }} {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{% macro column_types(relation) -%}
    {#- A file with one column more changes the fingerprint of every row. -#}
    {%- set types = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%} {%- do types.append(column.name ~ " " ~ column.dtype) -%} {%- endfor -%}
    {{ return(local_md5(types | join("\n"))) }}
{%- endmacro %}

{% macro last_load_id() -%}
    {{ return(one_value("select coalesce(max(load_id), 0) from records.file_loads") | int) }}
{%- endmacro %}

{% macro duckdb_version() -%}
    {#- Another version may write a value differently, and so give equal rows other fingerprints. -#}
    {{ return(one_value("select version()")) }}
{%- endmacro %}
