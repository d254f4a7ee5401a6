{% macro row_hash(values) -%} {{ return(adapter.dispatch("row_hash", "tidemill")(values)) }} {%- endmacro %}

{% macro duckdb__row_hash(values) -%}
    {#- Spark: xxhash64. 64 bits, never NULL, NULL apart from every value; only compared within one statement, because
        it may change between versions. -#}
    hash({{ values | join(", ") }})
{%- endmacro %}

{% macro second_hash(value) -%} {{ return(adapter.dispatch("second_hash", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__second_hash(value) -%}
    {#- What tells apart values of one type whose hashes anybody may find equal; NULL where there are none such. DuckDB
        hashes alike a month, a day and a microsecond, [] and [0, NULL], and numbers of 128 bits whose halves are the same
        or change places. Decimals of up to 35 digits, whose upper half has fewer bits than a double, then differ as
        doubles, which costs less than their sort key. Spark: null. -#}
    case
        when regexp_matches(typeof({{ value }}), 'INTERVAL|HUGEINT|UUID|DECIMAL[(]3[6-8]|STRUCT|MAP|UNION|[]]')
        then {{ row_hash([sort_key(value)]) }}
        when regexp_matches(typeof({{ value }}), 'DECIMAL[(](19|2[0-9]|3[0-5])')
        then {{ row_hash(["try_cast(" ~ value ~ " as double)"]) }}
    end
{%- endmacro %}

{% macro sort_key(value) -%} {{ return(adapter.dispatch("sort_key", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__sort_key(value) -%}
    {#- Bytes in the order of the values: each value has its own. Spark: to_json(struct(…)). -#}
    create_sort_key({{ value }}, 'asc nulls last')
{%- endmacro %}
