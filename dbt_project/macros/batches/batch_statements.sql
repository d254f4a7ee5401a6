{% macro batch_statements(target, columns, sql, plan, since, until) -%}
    {#- The statements that bring a table from the loads up to `since` to those up to `until`: the model's very own SQL,
        run over what is new, takes the place of what stood for it. -#}
    {%- set kept, new_rows = [], over_batch(sql, plan) -%}
    {%- if finds_groups(plan) -%}
        {%- set kept, new_rows = keep_batch(target, batch_table(1), new_rows), with_the_rest(target, plan["reads"][0], sql) -%}
    {%- endif -%}
    {{ return(
        find_changes(target, plan, since, until)
        + read_rows(plan, sql, since)
        + kept
        + note_changed_rows(target, plan, until)
        + replace_rows(target, columns, plan, new_rows)
        + drop_batch(plan)
    ) }}
{%- endmacro %}

{% macro over_batch(sql, plan) -%}
    {#- The SQL with the rows of the batch in place of each relation. -#}
    {%- set cut = namespace(sql=sql) -%}
    {%- for read in plan["reads"] -%} {%- set cut.sql = cut.sql | replace(read["relation"], batch_table(loop.index)) -%} {%- endfor -%}
    {{ return(cut.sql) }}
{%- endmacro %}

{% macro find_changes(target, plan, since, until) -%}
    {%- set statements = [create_batch("files", changed_files(plan, since, until))] -%}
    {%- if plan["replaces"] == "rows" -%}
        {%- do statements.append(create_batch("places", places_before_batch(target, plan, since, until))) -%}
    {%- endif -%}
    {{ return(statements) }}
{%- endmacro %}

{% macro read_rows(plan, sql, since) -%}
    {#- The rows of the batch, of each relation. Where rows give way one by one, those that are found by files or groups
        tell of further ones. -#}
    {%- set statements = [] -%}
    {%- for read in plan["reads"] -%}
        {%- set table = batch_table(loop.index) -%}
        {%- do statements.append(create_batch(loop.index, rows_of_batch(read, sql, since))) -%}
        {%- if plan["replaces"] == "rows" and read["takes"] != "places" -%}
            {%- do statements.append("insert into " ~ batch_table("places") ~ " select _file_id, _row_number from " ~ table) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}

{% macro note_changed_rows(target, plan, until) -%}
    {#- What publishing, and what follows the table row by row, is told of a batch. -#}
    {%- if plan["replaces"] == "runs" -%} {{ return([]) }} {%- endif -%}
    {%- set places = "_file_id, _row_number from " ~ batch_table("places") -%}
    {%- set changed = places if plan["replaces"] == "rows" else "file_id, null from " ~ batch_table("files") -%}
    {{ return([
        "insert into batches.changed_rows select " ~ name_in_changed_rows(target) ~ ", " ~ until ~ ", " ~ changed
    ]) }}
{%- endmacro %}

{% macro replace_rows(target, columns, plan, sql) -%}
    {{ return([
        "delete from " ~ target ~ " as stands using " ~ replaced_rows(plan),
        "insert into " ~ target ~ " (" ~ columns ~ ") select " ~ columns ~ " from (\n" ~ sql ~ "\n) as batch",
    ]) }}
{%- endmacro %}

{% macro drop_batch(plan) -%}
    {%- set statements = [] -%}
    {%- for name in ["files", "places"] + range(1, plan["reads"] | length + 1) | list -%}
        {%- do statements.append("drop table if exists " ~ batch_table(name)) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}
