{% macro raw_content() -%} {{ return(row_without(bookkeeping_columns() | list)) }} {%- endmacro %}

{% macro content_of_row() -%}
    {#- Neither when and where a row came, nor whom it beat before. -#}
    {{ return(row_without((bookkeeping_columns() | list) + columns_of_deduplicate())) }}
{%- endmacro %}

{% macro row_without(names) -%} {{ return(adapter.dispatch("row_without", "tidemill")(names)) }} {%- endmacro %}

{% macro duckdb__row_without(names) -%}
    {#- Spark: struct(…), of the column names. -#}
    row(*{{ all_columns_except(names) }})
{%- endmacro %}

{% macro row_fingerprint(content) -%} {{ return(adapter.dispatch("row_fingerprint", "tidemill")(content)) }} {%- endmacro %}

{% macro duckdb__row_fingerprint(content) -%}
    {#- 127 bits of two unlike hashes: of the values one by one, and of their order-preserving key, in which every value is
        delimited and NULL is not ''. md5 of the row as JSON costs three times as much, a third of all cleaning. DuckDB
        may hash otherwise in another version: staging models are then built anew. Spark: xxhash64, twice. -#}
    cast(hash({{ content }}) >> 1 as hugeint) * 18446744073709551616
    + hash(create_sort_key({{ content }}, 'asc nulls last'))
{%- endmacro %}
