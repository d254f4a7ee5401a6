{% macro batched_by_file(relations, by_row=false) -%}
    {#- One row for one row, so that a file's rows are those of the same file in what is read; `by_row` where other rows of
        its file say nothing of a row. -#}
    {%- set reads = [] -%}
    {%- for each in relations -%} {%- do reads.append({"relation": each | string, "takes": "files"}) -%} {%- endfor -%}
    {%- if are_tables(relations) -%}
        {{ batched({"replaces": "files", "by_row": by_row, "place": ["_file_id", "_row_number"], "reads": reads}) }}
    {%- endif -%}
{%- endmacro %}
