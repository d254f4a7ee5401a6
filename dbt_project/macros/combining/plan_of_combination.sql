{% macro plan_of_combination(met, columns, renamed, types) -%}
    {#- One entry per column of the result: its name, its type (none where `columns` leaves it out), and by source the
        column it comes from with the type it has there (none where the source lacks it). -#}
    {%- do unlike_names("relations", met) -%}
    {%- if not met -%} {%- do refuse("combine: relations names no source; name at least one") -%} {%- endif -%}
    {%- set named = columns_by_new_name(met, renamed) -%}
    {%- set columns = unlike_names("columns", columns or []).keys() | list -%}
    {%- set types = unlike_names("types", types) -%}
    {%- set names = all_names(named) -%}
    {%- do refuse_name_of_none("columns", columns, names) -%}
    {%- do refuse_name_of_none("types", types, columns or names) -%}
    {%- set plan = [] -%}
    {%- for name in (columns or names) + (names | reject("in", columns or names) | list) -%}
        {%- set origins, is_left_out = origins_of(name, named), columns and name not in columns -%}
        {%- set type = none if is_left_out else reconciled_type(name, origins, types.get(name)) -%}
        {%- do plan.append({"name": name, "type": type, "origins": origins}) -%}
    {%- endfor -%}
    {{ return(plan) }}
{%- endmacro %}

{% macro all_names(named) -%}
    {#- Each new name once, in the order in which the sources bring them. -#}
    {%- set names = [] -%}
    {%- for source in named -%}
        {%- for name in named[source] if name not in names -%} {%- do names.append(name) -%} {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{% macro origins_of(name, named) -%}
    {%- set origins = {} -%}
    {%- for source in named -%} {%- do origins.update({source: named[source].get(name)}) -%} {%- endfor -%}
    {{ return(origins) }}
{%- endmacro %}
