{% macro create_raw_tables() -%}
    {#- Before any file has arrived a fresh clone must build: raw tables exist, empty, with their declared columns. -#}
    {%- if execute -%}
        {%- for source in graph.sources.values() if source.external and source.external.location -%}
            {%- set columns = [] -%}
            {%- for column in source.columns.values() -%}
                {%- do columns.append(adapter.quote(column.name) ~ " " ~ (column.data_type or "varchar")) -%}
            {%- endfor -%}
            {%- for name, type in bookkeeping_columns().items() -%} {%- do columns.append(name ~ " " ~ type) -%} {%- endfor -%}
            create schema if not exists {{ source.schema }};
            create table if not exists {{ source.schema }}.{{ adapter.quote(source.identifier) }} (
                {{ columns | join(", ") }}
            );
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro bookkeeping_columns() -%}
    {#- The columns Tidemill adds to every raw table; flows/ingest creates the same. -#}
    {{ return({"_file_id": "bigint", "_row_number": "bigint", "_loaded_at": "timestamp", "_superseded_by_file_id": "bigint"}) }}
{%- endmacro %}
