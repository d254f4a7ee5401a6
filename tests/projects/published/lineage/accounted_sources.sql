{% macro accounted_sources() -%} {{ return([]) }} {%- endmacro %}
