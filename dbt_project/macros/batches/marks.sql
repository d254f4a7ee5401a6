{% macro read_mark(relation) -%}
    {#- What was noted in a table when it was built: by which SQL, from which tables, and up to which load. An older
        version's table, and one that something else has made, has no mark. -#}
    {%- set lines = (one_value(table_mark(relation)) or "").split("\n") -%}
    {%- set mark = fromjson(lines[-1], none) if lines[-1].startswith("{") else none -%}
    {{ return(mark if mark is mapping and "generation" in mark else none) }}
{%- endmacro %}

{% macro text_of_mark(mark) -%}
    {#- Below the description, where `persist_docs` has that in the comment. -#}
    {%- set description = [model["description"]] if config.persist_relation_docs() and model["description"] else [] -%}
    {{ return((description + [tojson(mark)]) | join("\n")) }}
{%- endmacro %}

{% macro wanted_mark(plan, sql) -%}
    {#- The mark that a table has once it is up to date; none where a relation it reads cannot be followed. -#}
    {%- set marks, inputs, load_ids = {}, {}, [] -%}
    {%- for read in plan["reads"] -%}
        {%- set state = state_of(read["relation"]) -%}
        {%- if state is none -%} {{ return(none) }} {%- endif -%}
        {%- do marks.update({read["relation"]: state}) -%}
        {%- do inputs.update({read["relation"]: state["generation"]}) -%}
        {%- do load_ids.append(state["load_id"]) -%}
    {%- endfor -%}
    {%- set known = plan_by_marks(plan, marks) -%}
    {%- if known is none -%} {{ return(none) }} {%- endif -%}
    {{ return({
        "definition": local_md5([sql, model["contract"]["checksum"], duckdb_version()] | join("\n")),
        "generation": invocation_id,
        "inputs": inputs,
        "load_id": load_ids | min,
        "plan": known,
    }) }}
{%- endmacro %}

{% macro follows(mark, wanted) -%}
    {#- Whether a table can go on from where it stands: same SQL, contract and database, nothing it reads was built anew, and
        what has changed in it is known. -#}
    {%- if mark is none or mark["definition"] != wanted["definition"] or mark["inputs"] != wanted["inputs"] -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(is_remembered(wanted["plan"], mark["load_id"])) }}
{%- endmacro %}

{% macro mark_after_batch(mark, wanted, has_batch) -%}
    {#- The mark of a table that has followed; `batch_since` is where its last batch began, none before the first. What
        that one has found stands as long as no load has to do with the table. -#}
    {{ return(dict(
        wanted,
        generation=mark["generation"],
        batch_since=mark["load_id"] if has_batch else mark.get("batch_since"),
    )) }}
{%- endmacro %}
