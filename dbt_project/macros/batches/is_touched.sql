{% macro is_touched(target, plan, since, until) -%}
    {#- Whether a load has to do with the table: a changed file has rows in what it reads or in itself, or rows have changed
        in what it follows row by row. Asking costs a fraction of a batch, which is mostly planned, in a project of which
        most sources have nothing new. -#}
    {%- set asked = [] -%}
    {%- for read in plan["reads"] if read["takes"] != "places" -%}
        {%- do asked.append(has_changed_file(read["relation"], read.get("file_column", "_file_id"), "file_id")) -%}
    {%- endfor -%}
    {%- if plan["replaces"] == "files" -%} {%- do asked.append(has_changed_file(target, plan["place"][0], "file_id")) -%}
    {%- elif plan["replaces"] == "runs" -%} {%- do asked.append(has_changed_file(target, "run_id", "run_id")) -%}
    {%- endif -%}
    {%- if plan.get("of") -%} {%- do asked.append("exists (" ~ changed_places(plan["of"], since, until) ~ ")") -%} {%- endif -%}
    {{ return(one_value("with changed_files as (" ~ changed_files(plan, since, until) ~ ") select " ~ asked | join(" or "))) }}
{%- endmacro %}

{% macro has_changed_file(relation, column, changed) -%}
    exists (select 1 from {{ relation }} where {{ column }} in (select {{ changed }} from changed_files))
{%- endmacro %}
