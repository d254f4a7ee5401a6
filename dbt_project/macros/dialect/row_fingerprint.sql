{% macro raw_content(names) -%}
    {#- A raw row without Tidemill's own columns: those of these names, or all there are where names are not known. -#}
    {{ return(row_of([quoted_names(names)]) if names else row_without(bookkeeping_columns() | list)) }}
{%- endmacro %}

{% macro names_of_content(relation) -%}
    {#- In an order that no arrival changes: a raw table has its columns in the order in which files brought them. -#}
    {%- set columns = columns_of_relations({"raw": relation})["raw"] or {} -%}
    {%- set names = [] -%}
    {%- for name in columns if name | lower not in bookkeeping_columns() -%} {%- do names.append(name) -%} {%- endfor -%}
    {{ return(names | sort) }}
{%- endmacro %}

{% macro content_of_row() -%}
    {#- Neither when and where a row came, nor whom it beat before. -#}
    {{ return(row_without((bookkeeping_columns() | list) + columns_of_deduplicate())) }}
{%- endmacro %}

{% macro row_of(values) -%} {{ return(adapter.dispatch("row_of", "tidemill")(values)) }} {%- endmacro %}

{% macro duckdb__row_of(values) -%}
    {#- Spark: struct(…). -#}
    row({{ values | join(", ") }})
{%- endmacro %}

{% macro row_without(names) -%} {{ return(adapter.dispatch("row_without", "tidemill")(names)) }} {%- endmacro %}

{% macro duckdb__row_without(names) -%}
    {#- Spark: struct(…), of the column names. -#}
    row(*{{ all_columns_except(names) }})
{%- endmacro %}

{% macro row_fingerprint(content, content_key, names) -%}
    {{ return(adapter.dispatch("row_fingerprint", "tidemill")(content, content_key, names)) }}
{%- endmacro %}

{% macro duckdb__row_fingerprint(content, content_key, names) -%}
    {#- 127 bits of two hashes of the row's order-preserving key, in which every value is delimited and NULL is not '': of
        the key as it is, and of the key moved by a byte with what it does not say. Those are the columns' names, because
        rows of other sources stand beside these after `combine`, and their types, of which several have the same bytes.
        md5 of the row as JSON costs a multiple. DuckDB may hash otherwise in another version: staging models are then
        built anew. Spark: xxhash64, twice. -#}
    {%- set what_it_is = ["typeof(" ~ content ~ ")"] + ([sql_literal(tojson(names | map("lower") | list))] if names else []) -%}
    cast(hash({{ content_key }}) >> 1 as hugeint) * 18446744073709551616
    + xor(hash('\x01'::blob || {{ content_key }}), hash({{ what_it_is | join(", ") }}))
{%- endmacro %}
