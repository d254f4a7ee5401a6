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

{% macro is_text(column) -%} {{ return(adapter.dispatch("is_text", "tidemill")(column)) }} {%- endmacro %}

{% macro duckdb__is_text(column) -%}
    {#- The words of an enumeration are texts. Spark: 'string'. Known before any row is read, as all types are. -#}
    (typeof({{ column }}) = 'VARCHAR' or typeof({{ column }}) like 'ENUM(%')
{%- endmacro %}

{% macro is_truth(column) -%} {{ return(adapter.dispatch("is_truth", "tidemill")(column)) }} {%- endmacro %}

{% macro duckdb__is_truth(column) -%}
    {#- Spark: 'boolean'. -#}
    typeof({{ column }}) = 'BOOLEAN'
{%- endmacro %}

{% macro is_floating(column) -%} {{ return(adapter.dispatch("is_floating", "tidemill")(column)) }} {%- endmacro %}

{% macro duckdb__is_floating(column) -%}
    {#- Spark: 'float', 'double'. -#}
    typeof({{ column }}) in ('FLOAT', 'DOUBLE')
{%- endmacro %}

{% macro scale_of(value) -%} {{ return(adapter.dispatch("scale_of", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__scale_of(value) -%}
    {#- How many digits a decimal has behind its point; 0 for all other types. -#}
    coalesce(try_cast(regexp_extract(typeof({{ value }}), '^DECIMAL[(]\d+,(\d+)[)]$', 1) as integer), 0)
{%- endmacro %}
