{% macro batched_by_fate(accounted) -%}
    {#- A row's fate may change with whatever happens in its group. -#}
    {%- set reads = [] -%}
    {%- set of_cleaned = ["_file_id", "_row_number", "_superseded_by_file_id", "_is_rejected", "_problems"] -%}
    {%- set of_kept = ["_file_id", "_row_number", "_has_null_key", "_duplicates"] -%}
    {%- for each in accounted if is_one_table(each.deduplicated) -%}
        {%- do reads.append({"takes": "groups", "groups_of": each.deduplicated | string}) -%}
        {%- do reads.append({"takes": "places", "relation": each.cleaned | string, "columns": of_cleaned}) -%}
        {%- do reads.append({"takes": "places", "relation": each.deduplicated | string, "columns": of_kept}) -%}
    {%- endfor -%}
    {%- if accounted and reads | length == 3 * accounted | length -%}
        {{ batched({"replaces": "rows", "place": ["file_id", "row_number"], "reads": reads}) }}
    {%- endif -%}
{%- endmacro %}

{% macro batched_by_rejection(accounted) -%}
    {#- A file's bad values are found where it is cleaned; a replay changes what is said of its bad records. -#}
    {%- set rejected = {"relation": source("records", "rejected_records") | string, "takes": "files", "file_column": "file_id"} -%}
    {{ batched({"replaces": "files", "place": ["file_id", "row_number"], "with_rejected": true, "reads": cells_of(accounted) + [rejected]}) }}
{%- endmacro %}

{% macro batched_by_run(accounted) -%}
    {#- The rows of one run are counted together. -#}
    {%- if accounted -%} {{ batched({"replaces": "runs", "reads": cells_of(accounted)}) }} {%- endif -%}
{%- endmacro %}

{% macro cells_of(accounted) -%}
    {%- set reads = [] -%}
    {%- for each in accounted -%}
        {%- do reads.append({"relation": each.raw | string, "takes": "files"}) -%}
        {%- do reads.append({"relation": each.cleaned | string, "takes": "files"}) -%}
    {%- endfor -%}
    {{ return(reads) }}
{%- endmacro %}
