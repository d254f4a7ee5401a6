{% macro code(name, rules, rule) -%}
    {#- 'column:rule:raw column:path', the last two empty where the raw column has the same name. -#}
    {{ return(sql_literal([name, rule, rules.get("from", ""), rules.get("path", "")] | join(":") ~ ",")) }}
{%- endmacro %}

{% macro problem_conditions(name, rules) -%}
    {%- set present, value = adapter.quote(name ~ "__present"), adapter.quote(name ~ "__value") -%}
    {%- set conditions = {base_type(rules): present ~ " is not null and " ~ value ~ " is null"} -%}
    {%- if "minimum" in rules or "maximum" in rules -%}
        {%- do conditions.update({"range": "not " ~ within_limits(value, {"minimum": rules["minimum"]} if "maximum" not in rules else ({"maximum": rules["maximum"]} if "minimum" not in rules else {"minimum": rules["minimum"], "maximum": rules["maximum"]}))}) -%}
    {%- endif -%}
    {%- if "accepted" in rules -%}
        {%- do conditions.update({"accepted": "not " ~ within_limits(value, {"accepted": rules["accepted"]})}) -%}
    {%- endif -%}
    {%- if rules.get("required") -%} {%- do conditions.update({"required": present ~ " is null"}) -%} {%- endif -%}
    {{ return(conditions) }}
{%- endmacro %}

{% macro problem_codes(columns) -%}
    {%- set codes = [] -%}
    {%- for name, rules in columns.items() -%}
        {%- for rule, condition in problem_conditions(name, rules).items() if not (rule == "text") -%}
            {%- do codes.append("case when " ~ condition ~ " then " ~ code(name, rules, rule) ~ " else '' end") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ joined_codes(codes) }}
{%- endmacro %}

{% macro formatting_codes(columns) -%}
    {%- set codes = [] -%}
    {%- for name, rules in columns.items() -%}
        {%- set raw, trimmed = adapter.quote(name ~ "__raw"), adapter.quote(name ~ "__trimmed") -%}
        {%- set present, canonical = adapter.quote(name ~ "__present"), adapter.quote(name ~ "__canonical") -%}
        {%- set changed = {"text": "case", "boolean": "boolean_word", "date": "date_format", "timestamp": "timestamp_format"}.get(base_type(rules), "number_format") -%}
        {%- do codes.append("case when " ~ raw ~ " <> " ~ trimmed ~ " then " ~ code(name, rules, "trim") ~ " else '' end") -%}
        {%- do codes.append("case when " ~ present ~ " is null and " ~ trimmed ~ " <> '' then " ~ code(name, rules, "null_token") ~ " else '' end") -%}
        {%- if not (changed == "case" and "case" not in rules) -%}
            {%- do codes.append("case when " ~ canonical ~ " <> " ~ present ~ " then " ~ code(name, rules, changed) ~ " else '' end") -%}
        {%- endif -%}
        {%- if base_type(rules) == "decimal" -%}
            {%- do codes.append("case when " ~ is_rounded(name, rules) ~ " then " ~ code(name, rules, "rounded") ~ " else '' end") -%}
        {%- endif -%}
    {%- endfor -%}
    {{ joined_codes(codes) }}
{%- endmacro %}

{% macro is_rounded(name, rules) -%}
    {#- Whether the text has digits that the decimal's scale drops. -#}
    {%- set canonical, value = adapter.quote(name ~ "__canonical"), adapter.quote(name ~ "__value") -%}
    case
        when {{ value }} is null
        then false
        when {{ matches(canonical, ".*[eE].*") }}
        then cast({{ value }} as double) <> cast({{ canonical }} as double)
        else {{ matches(canonical, ".*[.]\d{" ~ decimal_scale(rules) ~ "}\d*[1-9]\d*") }}
    end
{%- endmacro %}

{% macro joined_codes(codes) -%}
    {#- Without the last comma; NULL where nothing happened, which most rows compress to nothing. -#}
    {%- if codes -%} nullif(rtrim({{ codes | join(" || ") }}, ','), '') {%- else -%} cast(null as {{ dbt.type_string() }}) {%- endif -%}
{%- endmacro %}

{% macro row_is_rejected(columns) -%}
    {%- set conditions = ["false"] -%}
    {%- for name, rules in columns.items() if rules.get("on_error") == "row" -%}
        {%- for rule, condition in problem_conditions(name, rules).items() -%}
            {%- do conditions.append("coalesce(" ~ condition ~ ", false)") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ conditions | join(" or ") }}
{%- endmacro %}
