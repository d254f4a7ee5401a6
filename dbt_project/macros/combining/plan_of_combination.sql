{% macro plan_of_combination(met, columns, renamed, types) -%}
    {#- One entry per column of the result: its name, its type (none where `columns` leaves it out), and by source the
        column it comes from with the type it has there (none where the source lacks it). -#}
    {%- do unlike_names("relations", met) -%}
    {%- if not met -%} {%- do refuse("combine: relations names no source; name at least one") -%} {%- endif -%}
    {%- set named = columns_by_new_name(met, renamed) -%}
    {%- set columns = unlike_names("columns", columns or []).keys() | list -%}
    {%- set types = unlike_names("types", types) -%}
    {%- set names = [] -%}
    {%- for source in named -%}
        {%- for name in named[source] if name not in names -%} {%- do names.append(name) -%} {%- endfor -%}
    {%- endfor -%}
    {%- do refuse_name_of_none("columns", columns, names) -%}
    {%- do refuse_name_of_none("types", types, columns or names) -%}
    {%- set plan = [] -%}
    {%- for name in (columns or names) + (names | reject("in", columns or names) | list) -%}
        {%- set origins = {} -%}
        {%- for source in named -%} {%- do origins.update({source: named[source].get(name)}) -%} {%- endfor -%}
        {%- set is_left_out = columns and name not in columns -%}
        {%- set type = none if is_left_out else reconciled_type(name, origins, types.get(name)) -%}
        {%- do plan.append({"name": name, "type": type, "origins": origins}) -%}
    {%- endfor -%}
    {{ return(plan) }}
{%- endmacro %}

{% macro columns_by_new_name(met, renamed) -%}
    {#- By source and new name, in lower case as SQL compares them: the column and its type. -#}
    {%- do refuse_name_of_none("renamed", renamed, met) -%}
    {%- set named = {} -%}
    {%- for source, columns in met.items() -%}
        {%- set own = {} -%}
        {%- set argument = "renamed['" ~ source ~ "']" -%}
        {%- set new_names = unlike_names(argument, renamed.get(source, {})) -%}
        {%- do refuse_name_of_none(argument, new_names, unlike_names(source, columns)) -%}
        {%- for column, type in columns.items() -%}
            {%- set name = new_names.get(column | lower, column) | lower -%}
            {%- if name in own or name == "_source" -%}
                {%- do refuse(
                    "combine: " ~ source ~ "." ~ column ~ " would be a second column '" ~ name
                    ~ "'; give it another name in renamed"
                ) -%}
            {%- endif -%}
            {%- do own.update({name: {"column": column, "type": name_of_type(type)}}) -%}
        {%- endfor -%}
        {%- do named.update({source: own}) -%}
    {%- endfor -%}
    {{ return(named) }}
{%- endmacro %}

{% macro unlike_names(argument, given) -%}
    {#- What is given for each name, by the name in lower case; SQL tells no two names of one spelling apart. -#}
    {%- set unlike = {} -%}
    {%- for name in given -%}
        {%- if name | lower in unlike -%}
            {%- do refuse(
                "combine: " ~ argument ~ " names '" ~ name
                ~ "' twice, because SQL takes upper and lower case as the same; write it once"
            ) -%}
        {%- endif -%}
        {%- do unlike.update({name | lower: given[name] if given is mapping else name}) -%}
    {%- endfor -%}
    {{ return(unlike) }}
{%- endmacro %}

{% macro refuse_name_of_none(argument, given, known) -%}
    {%- for name in given if name not in known -%}
        {%- do refuse("combine: " ~ argument ~ " names '" ~ name ~ "', which is none of " ~ known | join(", ")) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro reconciled_type(name, origins, declared) -%}
    {%- set types, met = [], [] -%}
    {%- for source, origin in origins.items() if origin -%}
        {%- do met.append(source ~ " " ~ origin.type) -%}
        {%- if origin.type not in types -%} {%- do types.append(origin.type) -%} {%- endif -%}
    {%- endfor -%}
    {%- if declared and types != ["varchar"] and "varchar" in types and name_of_type(declared) != "varchar" -%}
        {%- do refuse(
            "combine: " ~ name ~ " is text in one source and shall be " ~ declared ~ " (" ~ met | join(", ")
            ~ "); clean the text to that type first"
        ) -%}
    {%- endif -%}
    {%- set type = name_of_type(declared) if declared else common_type(types) -%}
    {%- if not type -%}
        {%- do refuse(
            "combine: no type holds every value of " ~ name ~ " (" ~ met | join(", ")
            ~ "); clean it to one type in every source, or declare types={'" ~ name
            ~ "': …}, with which a value that would change ends the run"
        ) -%}
    {%- endif -%}
    {{ return(type) }}
{%- endmacro %}

{% macro name_of_type(type) -%}
    {#- One name for one type. The words of an enumeration and the names within a struct stay as they are. -#}
    {%- set name = type if modules.re.search("['\"]", type) else type | lower | replace(", ", ",") -%}
    {{ return("varchar" if name in ("text", "string") else name) }}
{%- endmacro %}
