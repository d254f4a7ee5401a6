{% macro relation_called(name) -%}
    {%- set parts = parts_of_name(name) -%}
    {{ return(api.Relation.create(database=parts[0], schema=parts[1], identifier=parts[2])) }}
{%- endmacro %}

{% macro parts_of_name(relation) -%} {{ return(modules.re.findall('"([^"]+)"', relation | string)) }} {%- endmacro %}
