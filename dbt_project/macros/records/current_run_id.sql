{% macro current_run_id() -%}
    {#- The flow run that holds the warehouse, or this dbt invocation when dbt was called in a terminal. -#}
    coalesce(
        (select max(run_id) from {{ source("records", "runs") }} where status = 'running' and parent_run_id is null),
        '{{ invocation_id }}'
    )
{%- endmacro %}
