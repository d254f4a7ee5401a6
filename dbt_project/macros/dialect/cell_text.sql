{% macro cell_text(column) -%} {{ return(adapter.dispatch("cell_text", "tidemill")(column)) }} {%- endmacro %}

{% macro duckdb__cell_text(column) -%}
    {#- A value as text, and as JSON where it holds others: DuckDB's own text of those has no quotes. Which of both is known
        before any row is read. Spark: cast, to_json. -#}
    case
        when regexp_matches(typeof({{ column }}), '^(STRUCT|MAP|UNION)|\]$')
        then cast(to_json({{ column }}) as varchar)
        else cast({{ column }} as varchar)
    end
{%- endmacro %}
