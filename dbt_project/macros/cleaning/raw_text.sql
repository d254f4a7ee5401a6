{% macro raw_text(name, rules) -%}
    {#- The column of the raw table (`from`, default: the same name), or one value inside its JSON (`path`). -#}
    {%- set column = "cast(" ~ adapter.quote(rules.get("from", name)) ~ " as " ~ dbt.type_string() ~ ")" -%}
    {{ json_text(column, "'" ~ rules["path"] ~ "'") if "path" in rules else column }}
{%- endmacro %}

{% macro trimmed_text(text) -%}
    {#- Also tabs, line ends and the no-break space at both ends, and runs of spaces inside. -#}
    case
        when {{ text }} like '%  %'
        then regexp_replace(trim({{ text }}, ' ' || chr(9) || chr(10) || chr(13) || chr(160)), ' {2,}', ' ', 'g')
        else trim({{ text }}, ' ' || chr(9) || chr(10) || chr(13) || chr(160))
    end
{%- endmacro %}
