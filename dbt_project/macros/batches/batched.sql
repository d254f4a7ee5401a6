{% macro batched(plan) -%}
    {#- A comment in front of a model's SQL that says how its table can follow batch by batch; see docs/incremental.md.
        It is believed only where it is the first thing of the model and `end_of_batched` the last, so that SQL around the
        macro makes it void.

        `reads`: the relations that are cut to what is new. `takes` says what of each belongs to a batch:
          files    the rows of the files that have changed; with `by_row`, where the relation follows by rows, those rows
          groups   the rows that `groups` puts together with a row that has changed
          places   the rows at the places that have changed in the tables `of`
        `replaces`: what of the table gives way to the batch: the rows of the changed `files`, the `rows` at changed
        places or in their groups, or the rows of the `runs` that loaded the changed files.
        `columns`: the only ones of a relation that are needed (default all).
        `passes_on_the_rest`: columns that the SQL does not name are those of the row that is kept.
        `of`: de-duplicated tables whose changes are followed row by row.
        `found_by`: a de-duplicated table whose last batch may have kept just these rows.
        `place`: the table's columns of the file and of the row number. -#}
    /* batched {{ tojson(plan) }} */
{%- endmacro %}

{% macro end_of_batched() -%} /* end of batched */ {%- endmacro %}

{% macro batch_plan(sql) -%}
    {#- What `batched` says of a model, none where it says nothing, or not of all of its SQL. -#}
    {%- set around = "(?:\\s|--[^\n]*(?:\n|$))*" -%}
    {%- set begin, end = "/[*] batched ([^\n]*?) [*]/", "/[*] end of batched [*]/" -%}
    {%- set found = modules.re.fullmatch("(?s)" ~ around ~ begin ~ "(.*)" ~ end ~ around, sql) -%}
    {{ return(fromjson(found.group(1)) if found and end_of_batched() not in found.group(2) else none) }}
{%- endmacro %}

{% macro may_follow(plan, relation) -%}
    {#- Whether a batch can replace rows of the table. Not where a foreign key points to them: dbt makes the tables with such
        keys anew. Nor in an attached database: no transaction writes to it and to `batches.changed_rows`. -#}
    {{ return(plan is not none and is_in_warehouse(relation) and not is_referenced(relation)) }}
{%- endmacro %}

{% macro is_in_warehouse(relation) -%} {{ return(relation.database == one_value("select current_database()")) }} {%- endmacro %}

{% macro is_one_table(relation) -%}
    {#- Only a table can be cut to a batch; a subquery or a list of tables cannot. -#}
    {{ return(modules.re.fullmatch('"[^"]+"[.]"[^"]+"[.]"[^"]+"', relation | string) is not none) }}
{%- endmacro %}

{% macro are_tables(relations) -%}
    {%- for relation in relations if not is_one_table(relation) -%} {{ return(false) }} {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{% macro batched_by_file(relations, by_row=false) -%}
    {#- One row for one row, so that a file's rows are those of the same file in what is read; `by_row` where other rows of
        its file say nothing of a row. -#}
    {%- set reads = [] -%}
    {%- for each in relations -%} {%- do reads.append({"relation": each | string, "takes": "files"}) -%} {%- endfor -%}
    {%- if are_tables(relations) -%}
        {{ batched({"replaces": "files", "by_row": by_row, "place": ["_file_id", "_row_number"], "reads": reads}) }}
    {%- endif -%}
{%- endmacro %}

{% macro batched_by_group(relation, rules) -%}
    {#- One row for each group of a relation's rows: those of one key; without a key, those of equal content. -#}
    {%- set expressions = expressions_of(rules) + [rules["whole"] or ""] -%}
    {%- if is_one_table(relation) and look_at_one_row(expressions) -%}
        {%- set groups = {"keys": rules["keys"], "content": rules["content"], "merge_null_keys": rules["merge_null_keys"]} -%}
        {%- set read = {"relation": relation | string, "takes": "groups", "groups": groups} -%}
        {%- do read.update({"passes_on_the_rest": passes_on_the_rest(expressions)}) -%}
        {{ batched({"replaces": "rows", "place": ["_file_id", "_row_number"], "reads": [read]}) }}
    {%- endif -%}
{%- endmacro %}

{% macro look_at_one_row(expressions) -%}
    {#- Not so a subquery or a window, which a batch would cut, nor what another day or another call makes something else. -#}
    {%- set others = "\\b(select|over)\\b|[(]\\s*(from|table|values)\\b" -%}
    {%- set clock = "\\b(current_(date|time|timestamp)|localtime(stamp)?)\\b|\\b(now|today|get_current_\\w+|transaction_timestamp)\\s*[(]" -%}
    {%- set chance = "\\b(random|uuid\\w*|gen_random_uuid|nextval)\\s*[(]" -%}
    {{ return(modules.re.search([others, clock, chance] | join("|"), expressions | join(" , ") | lower) is none) }}
{%- endmacro %}

{% macro plan_by_marks(plan, marks) -%}
    {#- The plan with what the marks of the tables it reads say; none where one of them does not follow as it has to. A table
        that Python writes has a mark without a plan. -#}
    {%- set reads, of = [], plan.get("of", []) | list -%}
    {%- for name in of if marks[name].get("plan", {}).get("replaces") != "rows" -%} {{ return(none) }} {%- endfor -%}
    {%- for read in plan["reads"] -%}
        {%- set replaces = marks[read["relation"]].get("plan", {}).get("replaces", "files") -%}
        {%- if read["takes"] == "places" -%} {%- do reads.append(read_by_places(read, marks)) -%}
        {%- elif replaces == "files" -%} {%- do reads.append(read) -%}
        {%- elif replaces == "rows" and (read["takes"] == "groups" or plan.get("by_row")) -%}
            {%- do of.append(read["relation"]) -%}
            {%- do reads.append(dict(read, takes="places" if read["takes"] == "files" else "groups", follows="rows")) -%}
        {%- else -%} {{ return(none) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(dict(plan, reads=reads, of=of, replaces="rows" if of else plan["replaces"])) }}
{%- endmacro %}

{% macro read_by_places(read, marks) -%}
    {%- set finder = marks.get(read.get("found_by"), {}) -%}
    {%- if finds_groups(finder.get("plan")) and read["relation"] in (read["found_by"], finder["plan"]["reads"][0]["relation"]) -%}
        {{ return(dict(read, found_since=finder.get("batch_since"))) }}
    {%- endif -%}
    {{ return(read) }}
{%- endmacro %}
