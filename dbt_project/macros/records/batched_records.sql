{% macro batched_by_fate(accounted) -%}
    {#- A row's fate may change with whatever happens in its group. -#}
    {%- set reads, is_in_turn = [], namespace(anywhere=false) -%}
    {%- set of_cleaned = ["_file_id", "_row_number", "_superseded_by_file_id", "_is_rejected", "_problems"] -%}
    {%- set of_kept = ["_file_id", "_row_number", "_has_null_key", "_duplicates"] -%}
    {%- set of = [] -%}
    {%- for each in accounted -%}
        {%- set models = models_in_turn(each.deduplicated) -%}
        {%- do reads.append(read_of_places(each.cleaned, of_cleaned, found_by=models[0])) -%}
        {%- for model in models if model | string not in of -%}
            {%- do of.append(model | string) -%}
            {%- do reads.append(read_of_places(model, of_kept, found_by=model)) -%}
        {%- endfor -%}
        {%- set is_in_turn.anywhere = is_in_turn.anywhere or models | length > 1 -%}
    {%- endfor -%}
    {#- Where rows compete in turn, a batch is also about rows that one of the models has kept before. -#}
    {%- if is_in_turn.anywhere -%}
        {%- for read in reads -%} {%- do read.pop("found_by") -%} {%- endfor -%}
    {%- endif -%}
    {%- if reads and are_tables(reads | map(attribute="relation")) -%}
        {{ batched({"replaces": "rows", "place": ["file_id", "row_number"], "of": of, "reads": reads}) }}
    {%- endif -%}
{%- endmacro %}

{% macro read_of_places(relation, columns, found_by) -%}
    {{ return({"takes": "places", "relation": relation | string, "columns": columns, "found_by": found_by | string}) }}
{%- endmacro %}

{% macro batched_by_rejection(accounted) -%}
    {#- A file's bad values are found where it is cleaned; a replay changes what is said of its bad records. -#}
    {%- set rejected = {"relation": source("records", "rejected_records") | string, "takes": "files", "file_column": "file_id"} -%}
    {%- set reads = cells_of(accounted) + [rejected] -%}
    {%- if are_tables(reads | map(attribute="relation")) -%}
        {{ batched({"replaces": "files", "place": ["file_id", "row_number"], "with_rejected": true, "reads": reads}) }}
    {%- endif -%}
{%- endmacro %}

{% macro batched_by_run(accounted) -%}
    {#- The rows of one run are counted together. -#}
    {%- set reads = cells_of(accounted) -%}
    {%- if reads and are_tables(reads | map(attribute="relation")) -%} {{ batched({"replaces": "runs", "reads": reads}) }} {%- endif -%}
{%- endmacro %}

{% macro cells_of(accounted) -%}
    {%- set reads = [] -%}
    {%- for each in accounted -%}
        {%- do reads.append({"relation": each.raw | string, "takes": "files"}) -%}
        {%- do reads.append({"relation": each.cleaned | string, "takes": "files"}) -%}
    {%- endfor -%}
    {{ return(reads) }}
{%- endmacro %}
