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
