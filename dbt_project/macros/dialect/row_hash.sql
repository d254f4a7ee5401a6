{% macro row_hash(values) -%} {{ return(adapter.dispatch("row_hash", "tidemill")(values)) }} {%- endmacro %}

{% macro duckdb__row_hash(values) -%}
    {#- Spark: xxhash64. 64 bits, never NULL, NULL apart from every value; only compared within one statement, because
        it may change between versions. -#}
    hash({{ values | join(", ") }})
{%- endmacro %}

{% macro value_hash(value) -%}
    {#- Equal for equal values of one type, and only for these. A nested NULL is hashed by what happens to stand inside. -#}
    case
        when {{ matches("typeof(" ~ value ~ ")", ".*(STRUCT|UNION|MAP).*") }} or {{ is_hashed_alike(value) }}
        then {{ row_hash([sort_key(value)]) }}
        else {{ row_hash([value]) }}
    end
{%- endmacro %}

{% macro is_hashed_alike(value) -%} {{ return(adapter.dispatch("is_hashed_alike", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__is_hashed_alike(value) -%}
    {#- DuckDB hashes a month, a day and a microsecond alike, and numbers of 128 bits whose halves are the same, either way
        round. Spark: false. -#}
    regexp_matches(typeof({{ value }}), 'INTERVAL|HUGEINT|UUID|DECIMAL[(](19|[23][0-9])')
{%- endmacro %}

{% macro sort_key(value) -%} {{ return(adapter.dispatch("sort_key", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__sort_key(value) -%}
    {#- Bytes in the order of the values: each value has its own. Spark: to_json(struct(…)). -#}
    create_sort_key({{ value }}, 'asc nulls last')
{%- endmacro %}
