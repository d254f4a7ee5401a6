{% macro loading_runs() -%}
    {#- Values are judged again whenever their model changes, but belong to the run that loaded their file. -#}
    select file_id, min_by(run_id, load_id) as run_id,
    from {{ source("records", "file_loads") }}
    where action in ('loaded', 'replayed')
    group by file_id
{%- endmacro %}
