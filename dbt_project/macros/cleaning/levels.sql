{#- What a value becomes on its way, level by level; each is a column `<name>__<level>` of a CTE of its own, so that no
    text is made twice. A plain value, which is written as it will stay, passes every level at once. -#}

{% macro level_order() -%}
    {{ return(["raw", "tidied", "present", "mapped", "prepared", "canonical", "value"]) }}
{%- endmacro %}

{% macro levels_of(rules) -%}
    {%- set is_needed = {
        "mapped": "map" in rules,
        "prepared": is_number(rules) or is_moment(rules) or text_steps("x", rules),
        "canonical": base_type(rules) not in ("text", "date", "json") or "normalize" in rules,
    } -%}
    {%- set levels = [] -%}
    {%- for level in level_order() if is_needed.get(level, true) -%} {%- do levels.append(level) -%} {%- endfor -%}
    {{ return(levels) }}
{%- endmacro %}

{% macro at_level(name, rules, wanted) -%}
    {#- The column that holds the value as it is after this level, which its rules may not need. -#}
    {%- set needed = levels_of(rules) -%}
    {%- set passed = level_order()[: level_order().index(wanted) + 1] | select("in", needed) | list -%}
    {{ return(quoted(name ~ "__" ~ passed[-1])) }}
{%- endmacro %}

{% macro before_level(name, rules, level) -%}
    {{ return(at_level(name, rules, level_order()[level_order().index(level) - 1])) }}
{%- endmacro %}

{% macro at_this_level(columns, level) -%}
    {#- One level of every column that needs it. -#}
    {%- for name, rules in columns.items() if level in levels_of(rules) -%}
        {{ passing_plain(name, rules, level, level_sql(name, rules, level)) }} as {{ quoted(name ~ "__" ~ level) }},
    {% endfor -%}
{%- endmacro %}

{% macro passing_plain(name, rules, level, changed) -%}
    {#- What a plain text is at a level: a moment becomes one of the text, and not of what the levels made of it. -#}
    {%- if level == "value" or not plain_condition(name, rules) -%} {{ return(changed) }} {%- endif -%}
    {%- set is_left_out = is_moment(rules) and level in ("prepared", "canonical") -%}
    {%- set plain = "null" if is_left_out else before_level(name, rules, level) -%}
    case when {{ quoted(name ~ "__plain") }} then {{ plain }} else {{ changed }} end
{%- endmacro %}

{% macro level_sql(name, rules, level) -%}
    {%- set before = before_level(name, rules, level) -%}
    {%- if level == "tidied" -%} {{ return(tidied_text(before, rules)) }}
    {%- elif level == "present" -%} {{ return(present_text(name, before, rules)) }}
    {%- elif level == "mapped" -%} {{ return(mapped_text(before, rules["map"])) }}
    {%- elif level == "prepared" -%} {{ return(prepared_text(name, before, rules)) }}
    {%- elif level == "canonical" -%} {{ return(canonical_text(name, before, rules)) }}
    {%- else -%} {{ return(typed_value(name, rules)) }}
    {%- endif -%}
{%- endmacro %}

{% macro prepared_text(name, text, rules) -%}
    {%- if is_number(rules) -%} {{ return(bare_number(text, rules)) }}
    {%- elif is_moment(rules) -%} {{ return(day_of(name, text, rules)) }}
    {%- else -%} {{ return(text_steps(text, rules)[-1].after) }}
    {%- endif -%}
{%- endmacro %}

{% macro canonical_text(name, text, rules) -%}
    {#- NULL where the text cannot become the type; never an error. -#}
    {%- set type = base_type(rules) -%}
    {%- if is_number(rules) -%} {{ return(canonical_number(name, text, rules)) }}
    {%- elif is_moment(rules) -%} {{ return(utc_moment(at_level(name, rules, "mapped"), text, rules)) }}
    {%- elif type == "boolean" -%} {{ return(canonical_boolean(text, rules)) }}
    {%- elif type == "enumeration" -%} {{ return(declared_spelling(text, rules["accepted"])) }}
    {%- else -%} {{ return(normalized_contact(text, rules)) }}
    {%- endif -%}
{%- endmacro %}
