{% macro columns_of_relations(relations) -%}
    {#- By relation the type of each column; none where they cannot be known: when dbt only parses or has not built the
        relation yet, and in unit tests, where a relation is a common table of the very query. -#}
    {%- set met = {} -%}
    {%- for name, relation in relations.items() -%}
        {%- set is_known = execute and (relation is string or (not relation.is_cte and load_relation(relation))) -%}
        {%- do met.update({name: types_of_columns(relation) if is_known else none}) -%}
    {%- endfor -%}
    {{ return(met) }}
{%- endmacro %}

{% macro type_of_column(columns, name) -%}
    {#- None where the columns are not known, or this one is not there: then DuckDB names it. -#}
    {%- for column, type in (columns or {}).items() if column | lower == name | lower -%} {{ return(type) }} {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}

{% macro keys_of_two_types(types, keys) -%}
    {#- The keys that have one type on the left and another on the right, as far as the types are known. -#}
    {%- set found = {} -%}
    {%- for name in keys -%}
        {%- set own = {"left": type_of_column(types["left"], name), "right": type_of_column(types["right"], name)} -%}
        {%- if own["left"] and own["right"] and own["left"] != own["right"] -%} {%- do found.update({name: own}) -%} {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro same_types_of(types, values) -%}
    {#- By compared column the type that it has on both sides, as far as types are known: then nothing has to be said of all
        the others that it might have, which DuckDB would plan and leave out. -#}
    {%- set found = {} -%}
    {%- for name in values -%}
        {%- set one, other = type_of_column(types["left"], name), type_of_column(types["right"], name) -%}
        {%- if one and one == other -%} {%- do found.update({name: one}) -%} {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro with_lists(relation, types, keys, values) -%}
    {#- A side whose keys are lists where they are arrays of a fixed length, of which DuckDB has no CASE. -#}
    {%- set columns, has_arrays = [], [] -%}
    {%- for name in keys -%}
        {%- set type = type_of_column(types, name) -%}
        {%- if type and list_type(type) != type -%}
            {%- do has_arrays.append(name) -%}
            {%- do columns.append("cast(" ~ quoted(name) ~ " as " ~ list_type(type) ~ ") as " ~ quoted(name)) -%}
        {%- else -%} {%- do columns.append(quoted(name)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not has_arrays -%} {{ return(relation) }} {%- endif -%}
    {%- for name in values -%} {%- do columns.append(quoted(name)) -%} {%- endfor -%}
    {{ return("(select " ~ columns | join(", ") ~ " from " ~ relation ~ ")") }}
{%- endmacro %}

{% macro list_type(type) -%}
    {#- `STRUCT(a DOUBLE[2])` as `STRUCT(a DOUBLE[])`; what stands in quotes is a name or a value. -#}
    {{ return(modules.re.sub("\\[\\d+\\](?=(?:[^\"']|\"[^\"]*\"|'[^']*')*$)", "[]", type)) }}
{%- endmacro %}

{% macro types_meet(one, other) -%}
    {#- Whether values of both types can be compared without one of them being read as something that it is not. -#}
    {{ return(one | lower == other | lower or family_of_type(one) == family_of_type(other)) }}
{%- endmacro %}

{% macro family_of_type(type) -%}
    {%- set families = {
        "number": "u?(tiny|small|big|huge)?int(eger)?|float|double|decimal.*", "moment": "date|timestamp.*", "text": "varchar|enum.*"
    } -%}
    {%- for family, pattern in families.items() if modules.re.fullmatch("(" ~ pattern ~ ")", type | lower) and not type.endswith("]") -%}
        {{ return(family) }}
    {%- endfor -%}
    {{ return(type) }}
{%- endmacro %}
