{#- A linked table is written anew by each run. What follows it row by row is told by a mark that it is the same table
    nevertheless, and in `batches.changed_rows` which of its rows the linking has replaced. -#}

{% macro mark_after_linking(target, mark, code, build) -%}
    {#- None for any other Python model, and in an attached database. It is another table where there was no mark of this
        code, which may do more than link, where most rows have changed, and where some have without a new load, for what
        has come to this load already would miss them. -#}
    {%- set changes = changes_of_linking(target) -%}
    {%- if not changes or not is_in_warehouse(target) -%} {{ return(none) }} {%- endif -%}
    {%- set definition, load_id = local_md5(code), last_load_id() -%}
    {%- set n_changes, n_rows = one_value("select count(*) from " ~ changes), one_value("select count(*) from " ~ target) -%}
    {%- set is_of_same_code = mark and mark["definition"] == definition -%}
    {%- set is_same = is_of_same_code and 2 * n_changes <= n_rows and (n_changes == 0 or mark["load_id"] < load_id) -%}
    {{ return({
        "definition": definition,
        "generation": mark["generation"] if is_same else build,
        "load_id": load_id,
        "plan": {"replaces": "rows", "place": ["_file_id", "_row_number"]},
    }) }}
{%- endmacro %}

{% macro note_linking(target, mark, next_mark) -%}
    {#- Nothing of another table, which no batch follows. -#}
    {%- if not mark or next_mark["generation"] != mark["generation"] -%} {{ return([]) }} {%- endif -%}
    {%- set noted = name_in_changed_rows(target) ~ ", " ~ next_mark["load_id"] ~ ", _file_id, _row_number" -%}
    {{ return(["insert into batches.changed_rows select " ~ noted ~ " from " ~ changes_of_linking(target)]) }}
{%- endmacro %}

{% macro changes_of_linking(target) -%}
    {#- Where `flows.linkage` has left them. -#}
    {%- set is_there = "select count(*) from duckdb_tables() where table_name = 'changed_places' and database_name = " -%}
    {{ return(quoted(steps_of_linking(target)) ~ ".main.changed_places" if one_value(is_there ~ sql_literal(steps_of_linking(target)))) }}
{%- endmacro %}

{% macro forget_linking(target) -%} detach database if exists {{ quoted(steps_of_linking(target)) }} {%- endmacro %}

{% macro steps_of_linking(target) -%} {{ return("similar_rows_of_" ~ target.identifier) }} {%- endmacro %}
