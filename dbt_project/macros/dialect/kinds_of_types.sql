{#- What a value's type is, as a constant that DuckDB knows when it binds the statement. Compared with names and not by a
    pattern, because each pattern is compiled anew wherever it stands. Spark: typeof gives lower case. -#}

{% macro is_of_number(value) -%} {{ return(adapter.dispatch("is_of_number", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__is_of_number(value) -%}
    (
        typeof({{ value }}) in (
            'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'UHUGEINT', 'FLOAT', 'DOUBLE'
        )
        or typeof({{ value }}) like 'DECIMAL(%)'
    )
{%- endmacro %}

{% macro is_of_moment(value) -%} {{ return(adapter.dispatch("is_of_moment", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__is_of_moment(value) -%}
    typeof({{ value }}) in ('DATE', 'TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'TIMESTAMP WITH TIME ZONE')
{%- endmacro %}
