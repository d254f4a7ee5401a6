{% macro row_fingerprint() -%} {{ return(adapter.dispatch("row_fingerprint", "tidemill")()) }} {%- endmacro %}

{% macro duckdb__row_fingerprint() -%}
    {#- md5, as a number of 128 bits, of the raw row's JSON text, in which every value is delimited: unlike concat_ws it
        cannot collide on separators and keeps NULL apart from ''. As a text it costs half as much again to make and
        store. Spark has no `columns()`: it needs the column names, and keeps md5 as text. -#}
    md5_number(to_json(row(*columns(_column -> _column not in ('{{ bookkeeping_columns().keys() | join("', '") }}'))))::varchar)
{%- endmacro %}
