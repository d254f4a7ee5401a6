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
