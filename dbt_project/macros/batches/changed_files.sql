{% macro changed_files(plan, since, until) -%}
    {#- The files of which a load after `since`, up to `until`, has added, marked or judged anything. -#}
    {%- set between = "load_id > " ~ since ~ " and load_id <= " ~ until -%}
    {%- if plan["replaces"] == "runs" -%}
        with
            loads as (
                select file_id, min_by(run_id, load_id) as run_id, max(load_id) as load_id,
                from records.file_loads
                where action in ('loaded', 'replayed')
                group by file_id
            ),

            changed_runs as (select distinct run_id from loads where {{ between }})

        select file_id, run_id from loads where run_id in (select run_id from changed_runs)
    {%- elif plan.get("with_rejected") -%}
        select file_id from records.file_loads where {{ between }} and file_id is not null
        union
        select file_id from records.rejected_records where replay_{{ between | replace("and load", "and replay_load") }}
    {%- else -%}
        select file_id, bool_or(action = 'replayed') as is_replayed
        from records.file_loads
        where {{ between }} and action in ('loaded', 'replayed', 'superseded')
        group by file_id
    {%- endif -%}
{%- endmacro %}
