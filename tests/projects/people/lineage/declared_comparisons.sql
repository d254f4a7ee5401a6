{% macro declared_comparisons() -%} {{ return([]) }} {%- endmacro %}
