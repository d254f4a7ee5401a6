{% macro row_hash(values) -%} {{ return(adapter.dispatch("row_hash", "tidemill")(values)) }} {%- endmacro %}

{% macro duckdb__row_hash(values) -%}
    {#- Spark: xxhash64. 64 bits, never NULL, NULL apart from every value; only compared within one statement, because
        it may change between versions. -#}
    hash({{ values | join(", ") }})
{%- endmacro %}

{% macro is_hashed_alike(value) -%} {{ return(adapter.dispatch("is_hashed_alike", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__is_hashed_alike(value) -%}
    {#- Whether unlike values of this type share a hash that anybody may meet. DuckDB hashes alike a month, a day and a
        microsecond, numbers of 128 bits whose halves are the same or change places, and [] and [0, NULL]. Spark: false. -#}
    regexp_matches(typeof({{ value }}), 'INTERVAL|HUGEINT|UUID|DECIMAL[(](19|[23][0-9])|STRUCT|MAP|UNION|[]]')
{%- endmacro %}

{% macro sort_key(value) -%} {{ return(adapter.dispatch("sort_key", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__sort_key(value) -%}
    {#- Bytes in the order of the values: each value has its own. Spark: to_json(struct(…)). -#}
    create_sort_key({{ value }}, 'asc nulls last')
{%- endmacro %}
