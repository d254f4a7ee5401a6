{% macro batched_by_entity(relation, linked) -%}
    {#- One row for the rows of one entity. -#}
    {%- if are_tables([relation, linked]) -%}
        {%- set reads = [] -%}
        {%- for each in [relation, linked] -%} {%- do reads.append({"relation": each | string, "takes": "places"}) -%} {%- endfor -%}
        {%- set of = reads | map(attribute="relation") | list -%}
        {{ batched({"replaces": "rows", "entities_of": linked | string, "place": ["_file_id", "_row_number"], "of": of, "reads": reads}) }}
    {%- endif -%}
{%- endmacro %}
