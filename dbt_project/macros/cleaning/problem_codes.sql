{% macro problem_codes(columns) -%}
    {#- A plain value is one of its type, but for days that there are not and JSON; it may still break a limit. -#}
    {%- set codes, any = [], ["not _is_plain"] -%}
    {%- for name, rules in columns.items() -%}
        {%- for rule, condition in problem_conditions(name, rules).items() -%}
            {%- set found = code(name, rules, rule, expected_value(rule, rules)) -%}
            {%- set found = stopping(name, rules, rule, found) if rules.get("on_error") == "fail" else found -%}
            {%- if rule in ("range", "accepted", "required", "json") or is_moment(rules) -%}
                {%- do any.append("(" ~ condition ~ ")") -%}
            {%- endif -%}
            {%- do codes.append("case when " ~ condition ~ " then " ~ found ~ " else '' end") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ joined_codes(any, codes) }}
{%- endmacro %}

{% macro problem_conditions(name, rules) -%}
    {#- Rule -> when a value breaks it. -#}
    {%- set present, value = at_level(name, rules, "present"), quoted(name ~ "__value") -%}
    {%- set conditions = {} -%}
    {%- if base_type(rules) != "text" or "normalize" in rules -%}
        {%- set rule = rules.get("normalize", base_type(rules)) -%}
        {%- do conditions.update({rule: present ~ " is not null and " ~ value ~ " is null"}) -%}
    {%- endif -%}
    {%- if "path" in rules -%}
        {%- set broken = [quoted(name ~ "__broken"), conditions.get("json")] | select | join(" or ") -%}
        {%- do conditions.update({"json": broken}) -%}
    {%- endif -%}
    {%- for rule, is_within in limits_of(value, rules).items() -%}
        {%- do conditions.update({rule: "not " ~ is_within}) -%}
    {%- endfor -%}
    {%- if rules.get("required") -%} {%- do conditions.update({"required": present ~ " is null"}) -%} {%- endif -%}
    {{ return(conditions) }}
{%- endmacro %}

{% macro expected_value(rule, rules) -%}
    {#- What a value should have been, in words. -#}
    {%- set sides = ["from " ~ rules["minimum"] if "minimum" in rules, "up to " ~ rules["maximum"] if "maximum" in rules] -%}
    {{ return({
        "range": sides | select | join(" "),
        "accepted": "one of " ~ rules.get("accepted", []) | join(", "),
        "enumeration": "one of " ~ rules.get("accepted", []) | join(", "),
        "required": "a value",
        "integer": "a whole number",
        "decimal": rules.get("type"),
        "double": "a number",
        "boolean": "a word for true or false",
        "date": "a date (" ~ rules.get("formats", ["auto"]) | join(", ") ~ ")",
        "timestamp": "a date and time (" ~ rules.get("formats", ["auto"]) | join(", ") ~ ")",
        "timestamptz": "a date and time with its zone",
        "json": "JSON",
        "email": "an e-mail address",
        "phone": "a telephone number with its country",
        "url": "a web address",
        "postcode": "a postcode of " ~ rules.get("country", ""),
    }[rule]) }}
{%- endmacro %}

{% macro stopping(name, rules, rule, code) -%}
    {#- A file that was mended is replaced: its bad values stay problems, but no longer end the build. -#}
    {%- set raw = quoted(name ~ "__raw") -%}
    {%- set expected = expected_value(rule, rules) | replace("'", "''") -%}
    {%- set message = sql_literal(place_of(name)) ~ " || coalesce('''' || " ~ raw ~ " || '''', 'nothing')"
        ~ " || ' (file ' || _file_id || ', row ' || _row_number || ') is not " ~ expected ~ " (" ~ rule
        ~ "), and on_error is ''fail''; mend the file, or declare ''null'' or ''row'''" -%}
    {{ return("case when _superseded_by_file_id is not null then " ~ code ~ " else " ~ raise_error(message) ~ " end") }}
{%- endmacro %}

{% macro row_is_rejected(columns) -%}
    {%- set conditions = [] -%}
    {%- for name, rules in columns.items() if rules.get("on_error") == "row" -%}
        {%- for rule, condition in problem_conditions(name, rules).items() -%}
            {%- do conditions.append("coalesce(" ~ condition ~ ", false)") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ conditions | join(" or ") if conditions else "false" }}
{%- endmacro %}
