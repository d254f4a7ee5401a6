{% macro batched(plan) -%}
    {#- A comment in front of a model's SQL that says how its table can follow batch by batch; see docs/incremental.md.
        It is believed only where it is the first thing of the model, so that SQL around the macro makes it void.

        `reads`: the relations that are cut to what is new. `takes` says what of each belongs to a batch:
          files    the rows of the files that have changed
          groups   the rows that `groups` puts together with a row of a changed file
          places   the rows that are in the groups read before, also where they stand in another relation
        `replaces`: what of the table gives way to the batch: the rows of the changed `files`, the `rows` of the groups,
        or the rows of the `runs` that loaded the changed files.
        `columns`: the only ones of a relation that are needed (default all).
        `passes_on_the_rest`: columns that the SQL does not name are those of the row that is kept.
        `groups_of`: the groups are those of this de-duplicated table.
        `place`: the table's columns of the file and of the row number. -#}
    /* batched {{ tojson(plan) }} */
{%- endmacro %}

{% macro batch_plan(sql) -%}
    {#- What `batched` says of a model, none where it says nothing. -#}
    {%- set found = modules.re.match("(?:[ \n]|--[^\n]*\n)*/[*] batched (.*?) [*]/", sql) -%}
    {{ return(fromjson(found.group(1)) if found else none) }}
{%- endmacro %}

{% macro is_one_table(relation) -%}
    {#- Only a table can be cut to a batch; a subquery or a list of tables cannot. -#}
    {{ return(modules.re.fullmatch('"[^"]+"[.]"[^"]+"[.]"[^"]+"', relation | string) is not none) }}
{%- endmacro %}

{% macro batched_by_file(relations) -%}
    {#- One row for one row, so that a file's rows are those of the same file in what is read. -#}
    {%- set reads = [] -%}
    {%- for each in relations if is_one_table(each) -%} {%- do reads.append({"relation": each | string, "takes": "files"}) -%} {%- endfor -%}
    {%- if reads | length == relations | length -%}
        {{ batched({"replaces": "files", "place": ["_file_id", "_row_number"], "reads": reads}) }}
    {%- endif -%}
{%- endmacro %}

{% macro batched_by_group(relation, rules) -%}
    {#- One row for each group of a relation's rows: those of one key; without a key, those of equal content. -#}
    {%- if is_one_table(relation) -%}
        {%- set groups = {"keys": rules["keys"], "content": rules["content"], "merge_null_keys": rules["merge_null_keys"]} -%}
        {%- set read = {"relation": relation | string, "takes": "groups", "groups": groups} -%}
        {%- do read.update({"passes_on_the_rest": passes_on_the_rest(expressions_of(rules))}) -%}
        {{ batched({"replaces": "rows", "place": ["_file_id", "_row_number"], "reads": [read]}) }}
    {%- endif -%}
{%- endmacro %}

{% macro plan_with_groups(plan, groups) -%}
    {#- The plan with the groups of the de-duplicated tables that it refers to; none where one was not built by groups.
        What was read for the groups is not read again for their places. -#}
    {%- set reads = [] -%}
    {%- for read in plan["reads"] -%}
        {%- if "groups_of" in read -%}
            {%- if "groups" not in groups[read["groups_of"]] -%} {{ return(none) }} {%- endif -%}
            {%- do reads.append(dict(groups[read["groups_of"]], columns=["_file_id", "_row_number"], found_by=read["groups_of"])) -%}
        {%- elif read["takes"] == "places" and read["relation"] == reads[-1]["relation"] -%}
            {%- do reads[-1].update({"columns": read["columns"]}) -%}
        {%- elif read["takes"] == "places" and read["relation"] in groups -%}
            {%- set found_since = groups[read["relation"]].get("found_since") -%}
            {%- do reads.append(dict(read, found_by=read["relation"], found_since=found_since)) -%}
        {%- else -%} {%- do reads.append(read) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(dict(plan, reads=reads)) }}
{%- endmacro %}
