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

{% macro mark_after_batch(mark, wanted) -%}
    {#- The mark of a table that has followed; `batch_since` is where its last batch began, none before the first. -#}
    {%- set has_batch = wanted["load_id"] > mark["load_id"] -%}
    {{ return(dict(
        wanted,
        generation=mark["generation"],
        batch_since=mark["load_id"] if has_batch else mark.get("batch_since"),
    )) }}
{%- endmacro %}

{% macro state_of(name) -%}
    {#- Which table a relation is just now, and up to which load it has come; none where that is not known. -#}
    {%- set relation = relation_called(name) -%}
    {%- if is_landed(relation) -%} {{ return({"generation": column_types(relation), "load_id": last_load_id()}) }} {%- endif -%}
    {{ return(read_mark(relation)) }}
{%- endmacro %}

{% macro is_landed(relation) -%}
    {#- Whether Python writes the table, and records in file_loads whatever it does to it. -#}
    {%- set place = (relation.database, relation.schema, relation.identifier) -%}
    {%- for source in graph.sources.values() if (source.database, source.schema, source.identifier) == place -%}
        {%- if source.schema == "records" or (source.external and source.external.location) -%} {{ return(true) }} {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{% macro column_types(relation) -%}
    {#- A file with one column more changes the fingerprint of every row. -#}
    {%- set types = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%} {%- do types.append(column.name ~ " " ~ column.dtype) -%} {%- endfor -%}
    {{ return(local_md5(types | join("\n"))) }}
{%- endmacro %}

{% macro last_load_id() -%}
    {{ return(one_value("select coalesce(max(load_id), 0) from records.file_loads") | int) }}
{%- endmacro %}

{% macro duckdb_version() -%}
    {#- Another version may write a value differently, and so give equal rows other fingerprints. -#}
    {{ return(one_value("select version()")) }}
{%- endmacro %}

{% macro relation_called(name) -%}
    {%- set parts = parts_of_name(name) -%}
    {{ return(api.Relation.create(database=parts[0], schema=parts[1], identifier=parts[2])) }}
{%- endmacro %}

{% macro parts_of_name(relation) -%} {{ return(modules.re.findall('"([^"]+)"', relation | string)) }} {%- endmacro %}

{% macro one_value(query) -%}
    {#- The one value that a query gives. -#}
    {{ return(run_query(query).columns[0].values() | first) }}
{%- endmacro %}
