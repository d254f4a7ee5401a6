{% macro cleaning_rule_names() -%}
    {{ return(["type", "from", "path", "null_tokens", "case", "formats", "decimal_mark", "minimum", "maximum", "accepted", "required", "on_error"]) }}
{%- endmacro %}

{% macro cleaning_types() -%}
    {{ return(["text", "integer", "decimal", "double", "boolean", "date", "timestamp"]) }}
{%- endmacro %}

{% macro date_formats() -%}
    {#- Name -> the shape that chooses it, and how it is read. One shape may belong to one declared format only. -#}
    {{ return({
        "iso": {"shape": "\d{4}-\d{1,2}-\d{1,2}", "format": "%Y-%m-%d"},
        "us": {"shape": "\d{1,2}/\d{1,2}/\d{4}", "format": "%m/%d/%Y"},
        "uk": {"shape": "\d{1,2}/\d{1,2}/\d{4}", "format": "%d/%m/%Y"},
        "german": {"shape": "\d{1,2}\.\d{1,2}\.\d{4}", "format": "%d.%m.%Y"},
        "compact": {"shape": "\d{8}", "format": "%Y%m%d"},
    }) }}
{%- endmacro %}

{% macro default_null_tokens() -%}
    {{ return(["n/a", "na", "#n/a", "null", "none", "nil", "nan", "-", "--", "?", "unknown"]) }}
{%- endmacro %}

{% macro null_tokens(rules) -%}
    {#- What means "nothing" in a column, in lower case, as SQL literals; an empty value always does. -#}
    {%- set tokens = [sql_literal("")] -%}
    {%- for token in rules.get("null_tokens", default_null_tokens()) -%}
        {%- do tokens.append(sql_literal(token | lower)) -%}
    {%- endfor -%}
    {{ return(tokens | join(", ")) }}
{%- endmacro %}

{% macro check_cleaning_rules(columns) -%}
    {#- A misspelt rule would be silently without effect: refuse it, with what is allowed. -#}
    {%- for name, rules in columns.items() -%}
        {%- set where = model.original_file_path ~ ": clean: column '" ~ name ~ "': " -%}
        {%- for rule in rules if rule not in cleaning_rule_names() -%}
            {{ exceptions.raise_compiler_error(where ~ "unknown rule '" ~ rule ~ "' (has: " ~ cleaning_rule_names() | join(", ") ~ ")") }}
        {%- endfor -%}
        {%- if base_type(rules) not in cleaning_types() -%}
            {{ exceptions.raise_compiler_error(where ~ "unknown type '" ~ rules.get("type") ~ "' (has: " ~ cleaning_types() | join(", ") ~ ")") }}
        {%- endif -%}
        {%- if base_type(rules) == "decimal" and decimal_scale(rules) is none -%}
            {{ exceptions.raise_compiler_error(where ~ "type '" ~ rules["type"] ~ "' has no scale; declare it, such as decimal(12, 2)") }}
        {%- endif -%}
        {%- for rule in ("null_tokens", "formats", "accepted") if rule in rules and (rules[rule] is string or rules[rule] is not sequence) -%}
            {{ exceptions.raise_compiler_error(where ~ rule ~ " '" ~ rules[rule] ~ "' is not a list; write ['" ~ rules[rule] ~ "']") }}
        {%- endfor -%}
        {%- for rule, allowed in {
            "case": ["lower", "upper"], "decimal_mark": [".", ",", "auto"], "on_error": ["null", "row"]
        }.items() if rule in rules and rules[rule] not in allowed -%}
            {{ exceptions.raise_compiler_error(where ~ rule ~ " '" ~ rules[rule] ~ "' is not allowed (has: " ~ allowed | join(", ") ~ ")") }}
        {%- endfor -%}
        {%- for format in rules.get("formats", []) if format not in date_formats() -%}
            {{ exceptions.raise_compiler_error(where ~ "unknown date format '" ~ format ~ "' (has: " ~ date_formats() | join(", ") ~ ")") }}
        {%- endfor -%}
        {%- if "us" in rules.get("formats", []) and "uk" in rules.get("formats", []) -%}
            {{ exceptions.raise_compiler_error(where ~ "formats 'us' and 'uk' read the same text differently; declare one of them") }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro decimal_scale(rules) -%}
    {#- The digits after the point that a decimal keeps; none where it is not declared. -#}
    {%- set found = modules.re.search(",\s*(\d+)\s*\)", rules["type"]) -%}
    {{ return(found.group(1) | int if found else none) }}
{%- endmacro %}

{% macro base_type(rules) -%} {{ return(rules.get("type", "text").split("(")[0]) }} {%- endmacro %}
