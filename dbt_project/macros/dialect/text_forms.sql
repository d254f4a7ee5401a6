{% macro composed(text) -%} {{ return(adapter.dispatch("composed", "tidemill")(text)) }} {%- endmacro %}

{% macro duckdb__composed(text) -%}
    {#- Unicode NFC. Spark has no function for it: a user-defined one. -#}
    nfc_normalize({{ text }})
{%- endmacro %}

{% macro without_accents(text) -%} {{ return(adapter.dispatch("without_accents", "tidemill")(text)) }} {%- endmacro %}

{% macro duckdb__without_accents(text) -%}
    {#- Spark: translate with the letters written out. -#}
    strip_accents({{ text }})
{%- endmacro %}

{% macro trimmed(text, is_printable) -%} {{ return(adapter.dispatch("trimmed", "tidemill")(text, is_printable)) }} {%- endmacro %}

{% macro duckdb__trimmed(text, is_printable) -%}
    {#- A plain trim takes every blank that Unicode has, but neither tabs nor line ends. Spark: trim(both … from …), with
        all of them. -#}
    {%- if is_printable -%} trim({{ text }}) {%- else -%} {{ replaced(text, "^[\\p{Z}\t\n\r]+|[\\p{Z}\t\n\r]+$", "") }} {%- endif -%}
{%- endmacro %}

{% macro byte_length(text) -%} {{ return(adapter.dispatch("byte_length", "tidemill")(text)) }} {%- endmacro %}

{% macro duckdb__byte_length(text) -%}
    {#- Spark: octet_length, which DuckDB has for binary only. -#}
    strlen({{ text }})
{%- endmacro %}

{% macro joined_texts(texts) -%} {{ return(adapter.dispatch("joined_texts", "tidemill")(texts)) }} {%- endmacro %}

{% macro duckdb__joined_texts(texts) -%}
    {#- One text of texts that are never NULL, of which DuckDB's concat makes '' and Spark's NULL. A chain of || would
        make a new text at each of its links. -#}
    concat({{ texts | join(", ") }})
{%- endmacro %}

{% macro without_last_letter(text) -%} {{ return(adapter.dispatch("without_last_letter", "tidemill")(text)) }} {%- endmacro %}

{% macro duckdb__without_last_letter(text) -%}
    {#- Takes half as long as rtrim. Spark: left(…, length(…) - 1). -#}
    left({{ text }}, -1)
{%- endmacro %}
