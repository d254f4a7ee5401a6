{% macro batch_statements(target, columns, sql, plan, since, until) -%}
    {#- The statements that bring a table from the loads up to `since` to those up to `until`: the model's very own SQL,
        run over what is new, takes the place of what stood for it. -#}
    {%- set statements = [create_batch("files", changed_files(plan, since, until))] -%}
    {%- set cut = namespace(sql=sql) -%}
    {%- if plan["replaces"] == "rows" -%}
        {%- do statements.append(create_batch("places", places_before_batch(target, plan, since, until))) -%}
    {%- endif -%}
    {%- for read in plan["reads"] -%}
        {%- set table = batch_table(loop.index) -%}
        {%- do statements.append(create_batch(loop.index, rows_of_batch(read, sql, since))) -%}
        {%- if plan["replaces"] == "rows" and read["takes"] != "places" -%}
            {%- do statements.append("insert into " ~ batch_table("places") ~ " select _file_id, _row_number from " ~ table) -%}
        {%- endif -%}
        {%- set cut.sql = cut.sql | replace(read["relation"], table) -%}
    {%- endfor -%}
    {%- if finds_groups(plan) -%}
        {%- do statements.extend(keep_batch(target, batch_table(1), cut.sql)) -%}
        {%- set cut.sql = with_the_rest(target, plan["reads"][0], sql) -%}
    {%- endif -%}
    {%- if plan["replaces"] != "runs" -%}
        {%- do statements.append("insert into batches.changed_rows " ~ rows_to_publish(target, plan, until)) -%}
    {%- endif -%}
    {%- do statements.append("delete from " ~ target ~ " as stands using " ~ replaced_rows(plan)) -%}
    {%- do statements.append("insert into " ~ target ~ " (" ~ columns ~ ") select " ~ columns ~ " from (\n" ~ cut.sql ~ "\n) as batch") -%}
    {%- for name in ["files", "places"] + range(1, plan["reads"] | length + 1) | list -%}
        {%- do statements.append("drop table if exists " ~ batch_table(name)) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}

{% macro batch_table(name) -%} {{ return("_batch_" ~ name) }} {%- endmacro %}

{% macro create_batch(name, query) -%}
    {{ return("create or replace temporary table " ~ batch_table(name) ~ " as " ~ query) }}
{%- endmacro %}

{% macro rows_of_batch(read, sql, since) -%}
    {%- if is_found(read, since) -%} {{ return(rows_found(read)) }}
    {%- elif read["takes"] == "groups" -%} {{ return(rows_of_groups(read, columns_of_read(read, sql))) }}
    {%- elif read["takes"] == "places" -%} {{ return(rows_of_places(read["relation"], columns_of_read(read, sql))) }}
    {%- else -%} {{ return(rows_of_files(read["relation"], read.get("file_column", "_file_id"))) }}
    {%- endif -%}
{%- endmacro %}

{% macro rows_of_files(relation, file_column) -%}
    select * from {{ relation }} where {{ file_column }} in (select file_id from {{ batch_table("files") }})
{%- endmacro %}

{% macro columns_of_read(read, sql=none) -%}
    {%- if "columns" in read -%} {{ return("_rows." ~ read["columns"] | join(", _rows.")) }} {%- endif -%}
    {{ return(columns_named_in(sql) if read.get("passes_on_the_rest") else "_rows.*") }}
{%- endmacro %}

{% macro rows_of_places(relation, columns) -%}
    select {{ columns }}
    from {{ relation }} as _rows
    semi join {{ batch_table("places") }} as places
        on _rows._file_id = places._file_id
        and _rows._row_number = places._row_number
{%- endmacro %}

{% macro rows_to_publish(target, plan, until) -%}
    {#- What publishing, and what follows the table row by row, is told of a batch. -#}
    {%- set place = "_file_id, _row_number" if plan["replaces"] == "rows" else "file_id, null" -%}
    {%- set changed = batch_table("places" if plan["replaces"] == "rows" else "files") -%}
    select {{ name_in_changed_rows(target) }}, {{ until }}, {{ place }} from {{ changed }}
{%- endmacro %}

{% macro replaced_rows(plan) -%}
    {#- The rows that give way, as what is joined to the table. A join, because DuckDB compares what a subquery refers to
        outside by `is not distinct from`, and then leaves out no row group. -#}
    {%- if plan["replaces"] == "rows" -%}
        {{ likely_places(batch_table("places")) }}
        where {{ is_in_places("stands." ~ plan["place"][0], "stands." ~ plan["place"][1], batch_table("places")) }}
    {%- elif plan["replaces"] == "runs" -%} {{ batch_table("files") }} as files where stands.run_id = files.run_id
    {%- else -%} {{ batch_table("files") }} as files where stands.{{ plan["place"][0] }} = files.file_id
    {%- endif -%}
{%- endmacro %}
