{% macro row_hash(values) -%} {{ return(adapter.dispatch("row_hash", "tidemill")(values)) }} {%- endmacro %}

{% macro duckdb__row_hash(values) -%}
    {#- Spark: xxhash64. 64 bits, never NULL, NULL apart from every value; only compared within one statement, because
        it may change between versions. -#}
    hash({{ values | join(", ") }})
{%- endmacro %}

{% macro value_hash(value) -%} {{ return(adapter.dispatch("value_hash", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__value_hash(value) -%}
    {#- Spark: xxhash64. DuckDB hashes a nested NULL by what happens to stand inside; its key has one form.
        And it hashes a month, a day and a microsecond alike. -#}
    case
        when {{ matches("typeof(" ~ value ~ ")", ".*(STRUCT|UNION|MAP|INTERVAL).*") }}
        then hash(create_sort_key({{ value }}, 'asc nulls last'))
        else hash({{ value }})
    end
{%- endmacro %}
