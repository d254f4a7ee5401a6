{% macro raw_content() -%} {{ return(adapter.dispatch("raw_content", "tidemill")()) }} {%- endmacro %}

{% macro duckdb__raw_content() -%}
    {#- Everything that stood in the raw row. Spark has no `columns()`: it needs the column names. -#}
    row(*columns(_column -> _column not in ('{{ bookkeeping_columns().keys() | join("', '") }}')))
{%- endmacro %}

{% macro row_fingerprint(content) -%} {{ return(adapter.dispatch("row_fingerprint", "tidemill")(content)) }} {%- endmacro %}

{% macro duckdb__row_fingerprint(content) -%}
    {#- 127 bits of two unlike hashes: of the values one by one, and of their order-preserving key, in which every value is
        delimited and NULL is not ''. md5 of the row as JSON costs three times as much, a third of all cleaning. DuckDB
        may hash otherwise in another version: staging models are then built anew. Spark: xxhash64, twice. -#}
    cast(hash({{ content }}) >> 1 as hugeint) * 18446744073709551616
    + hash(create_sort_key({{ content }}, 'asc nulls last'))
{%- endmacro %}
