{% macro batch_statements(target, columns, sql, plan, since, until) -%}
    {#- The statements that bring a table from the loads up to `since` to those up to `until`: the model's very own SQL,
        run over what is new, takes the place of what stood for it. -#}
    {%- set statements = [create_batch("files", changed_files(plan, since, until))] -%}
    {%- set cut = namespace(sql=sql, groups=none) -%}
    {%- for read in plan["reads"] -%}
        {%- set table = batch_table(loop.index) -%}
        {%- if read["takes"] == "groups" -%} {%- set cut.groups = table -%} {%- endif -%}
        {%- do statements.append(create_batch(loop.index, rows_of_batch(read, cut.groups, sql, since))) -%}
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
    {%- for name in ["files"] + range(1, plan["reads"] | length + 1) | list -%}
        {%- do statements.append("drop table " ~ batch_table(name)) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}

{% macro batch_table(name) -%} {{ return("_batch_" ~ name) }} {%- endmacro %}

{% macro create_batch(name, query) -%}
    {{ return("create or replace temporary table " ~ batch_table(name) ~ " as " ~ query) }}
{%- endmacro %}

{% macro rows_of_batch(read, groups_before, sql, since) -%}
    {%- if is_found(read, since) -%} {{ return(rows_found(read)) }}
    {%- elif read["takes"] == "groups" -%} {{ return(rows_of_groups(read["relation"], read["groups"], columns_of_read(read, sql))) }}
    {%- elif read["takes"] == "places" -%} {{ return(rows_of_places(read["relation"], groups_before, columns_of_read(read, sql))) }}
    {%- else -%} {{ return(rows_of_files(read["relation"], read.get("file_column", "_file_id"))) }}
    {%- endif -%}
{%- endmacro %}

{% macro rows_of_files(relation, file_column) -%}
    select * from {{ relation }} where {{ file_column }} in (select file_id from {{ batch_table("files") }})
{%- endmacro %}

{% macro columns_of_read(read, sql) -%}
    {%- if "columns" in read -%} {{ return("each." ~ read["columns"] | join(", each.")) }} {%- endif -%}
    {{ return(columns_named_in(sql) if read.get("passes_on_the_rest") else "each.*") }}
{%- endmacro %}

{% macro rows_of_places(relation, groups, columns) -%}
    select {{ columns }}
    from {{ relation }} as each
    semi join {{ groups }} as in_groups
        on each._file_id = in_groups._file_id
        and each._row_number = in_groups._row_number
{%- endmacro %}

{% macro rows_to_publish(target, plan, until) -%}
    {#- What publishing is told of a batch. -#}
    {%- set name = modules.re.findall('"([^"]+)"', target | string)[1:] | join(".") -%}
    {%- set place = "_file_id, _row_number" if plan["replaces"] == "rows" else "file_id, null" -%}
    {%- set changed = places_of_groups(plan) if plan["replaces"] == "rows" else batch_table("files") -%}
    select {{ sql_literal(name) }}, {{ until }}, {{ place }} from {{ changed }}
{%- endmacro %}

{% macro places_of_groups(plan) -%}
    {%- set places = [] -%}
    {#- Not a loop with a condition: its index would count the groups only. -#}
    {%- for read in plan["reads"] -%}
        {%- if read["takes"] == "groups" -%}
            {%- do places.append("select _file_id, _row_number from " ~ batch_table(loop.index)) -%}
        {%- endif -%}
    {%- endfor -%}
    ({{ places | join(" union all ") }}) as places
{%- endmacro %}

{% macro replaced_rows(plan) -%}
    {#- The rows that give way, as what is joined to the table. A join, because DuckDB compares what a subquery refers to
        outside by `is not distinct from`, and then leaves out no row group. -#}
    {%- if plan["replaces"] == "rows" -%}
        {{ likely_places(places_of_groups(plan)) }}
        where {{ is_in_places("stands." ~ plan["place"][0], "stands." ~ plan["place"][1], places_of_groups(plan)) }}
    {%- elif plan["replaces"] == "runs" -%} {{ batch_table("files") }} as files where stands.run_id = files.run_id
    {%- else -%} {{ batch_table("files") }} as files where stands.{{ plan["place"][0] }} = files.file_id
    {%- endif -%}
{%- endmacro %}

{% macro likely_places(places) -%}
    {#- For each row number in which files it stands, each file as one of 32 bits. DuckDB joins this by a plain array,
        because each row number is there once and there are few; two equal columns cost it twice as much. -#}
    (
        select _row_number, bit_or(1::bigint << (_file_id & 31)) as files
        from {{ places }}
        group by _row_number
    ) as likely
{%- endmacro %}

{% macro is_in_places(file_id, row_number, places) -%}
    {{ row_number }} = likely._row_number
    and (likely.files >> ({{ file_id }} & 31)) & 1 = 1
    and ({{ file_id }}, {{ row_number }}) in (select _file_id, _row_number from {{ places }})
{%- endmacro %}
