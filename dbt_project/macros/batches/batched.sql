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
        `of`: de-duplicated and linked tables whose changes are followed row by row.
        `entities_of`: the linked table that tells which rows are done again with those that have changed.
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
