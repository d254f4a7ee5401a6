{% macro row_fingerprint() -%} {{ return(adapter.dispatch("row_fingerprint", "tidemill")()) }} {%- endmacro %}

{% macro duckdb__row_fingerprint() -%}
    {#- md5 of the raw row's JSON text, in which every value is delimited: unlike concat_ws it cannot collide on
        separators and keeps NULL apart from ''. Spark has no `columns()`: it needs the column names. -#}
    md5(to_json(row(*columns(_column -> _column not in ('{{ bookkeeping_columns().keys() | join("', '") }}'))))::varchar)
{%- endmacro %}
