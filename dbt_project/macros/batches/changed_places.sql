{#- Where rows have changed, in a relation that is itself brought up to date row by row: `batches.changed_rows` tells, into
    which each of its batches has written, in its own transaction. -#}

{% macro changed_places(relations, since, until) -%}
    {%- set names = [] -%}
    {%- for relation in relations -%} {%- do names.append(name_in_changed_rows(relation)) -%} {%- endfor -%}
    select file_id as _file_id, row_number as _row_number
    from batches.changed_rows
    where relation in ({{ names | join(", ") }}) and load_id > {{ since }} and load_id <= {{ until }}
{%- endmacro %}

{% macro name_in_changed_rows(relation) -%}
    {{ return(sql_literal(parts_of_name(relation)[1:] | join("."))) }}
{%- endmacro %}

{% macro is_remembered(plan, since) -%}
    {#- Whether nothing is forgotten of what has changed since then in the relations that a plan follows row by row. -#}
    {%- if not plan.get("of") -%} {{ return(true) }} {%- endif -%}
    {%- set warehouse = parts_of_name(plan["of"][0])[0] -%}
    {%- set changed_rows = api.Relation.create(database=warehouse, schema="batches", identifier="changed_rows") -%}
    {%- set text = one_value(table_mark(changed_rows)) -%}
    {{ return(not text or (text.startswith("{") and fromjson(text)["load_id"] <= since)) }}
{%- endmacro %}
