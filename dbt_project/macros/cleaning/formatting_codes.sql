{% macro formatting_codes(columns) -%}
    {%- set codes = [] -%}
    {%- for name, rules in columns.items() -%}
        {%- set found = joined_texts(changes_of(name, rules)) -%}
        {%- if plain_condition(name, rules) -%}
            {%- set found = "case when " ~ quoted(name ~ "__plain") ~ " then '' else " ~ found ~ " end" -%}
        {%- endif -%}
        {%- do codes.append(found) -%}
    {%- endfor -%}
    {{ joined_codes(["not _is_plain"], codes) }}
{%- endmacro %}

{% macro changes_of(name, rules) -%}
    {#- For each rule that can change a value of this column, its code where it did. -#}
    {%- set raw, tidied = at_level(name, rules, "raw"), at_level(name, rules, "tidied") -%}
    {%- set present, mapped = at_level(name, rules, "present"), at_level(name, rules, "mapped") -%}
    {%- set found = [tidied_by_steps(name, rules, raw, tidied)] -%}
    {%- do found.append(coded_nothing(name, rules, present, tidied)) -%}
    {%- if "map" in rules -%} {%- do found.append(coded(name, rules, "map", present ~ " <> " ~ mapped)) -%} {%- endif -%}
    {%- set steps = number_steps(mapped, rules) if is_number(rules) else text_steps(mapped, rules) -%}
    {%- if steps -%}
        {%- do found.append(changed_by_steps(name, rules, mapped, at_level(name, rules, "prepared"), steps)) -%}
    {%- endif -%}
    {%- for rule, condition in rewritings(name, rules).items() -%}
        {%- do found.append(coded(name, rules, rule, condition)) -%}
    {%- endfor -%}
    {{ return(found | select | list) }}
{%- endmacro %}

{% macro coded_nothing(name, rules, present, tidied) -%}
    {#- The NaN of a typed file is no word, though it is written like one. -#}
    {%- set found = code(name, rules, "null_token") -%}
    {%- if "path" not in rules and "nan" in null_tokens(rules) -%}
        {%- set is_nan = is_floating(no_raw_value(name, rules)) ~ " and " ~ tidied ~ " = 'nan'" -%}
        {%- set found = "case when " ~ is_nan ~ " then " ~ code(name, rules, "nan") ~ " else " ~ found ~ " end" -%}
    {%- endif -%}
    {{ return("case when " ~ present ~ " is null and " ~ tidied ~ " <> '' then " ~ found ~ " else '' end") }}
{%- endmacro %}

{% macro tidied_by_steps(name, rules, raw, tidied) -%}
    {%- set steps, few_steps = tidy_steps(raw, rules), tidy_steps(raw, rules, is_printable=true) -%}
    {%- if not steps -%} {{ return("") }} {%- endif -%}
    case
        when {{ raw }} <> {{ tidied }}
        then
            case
                when {{ is_printable(raw) }}
                then {{ codes_of_steps(name, rules, tidied, few_steps) if few_steps else "''" }}
                else {{ codes_of_steps(name, rules, tidied, steps) }}
            end
        else ''
    end
{%- endmacro %}

{% macro changed_by_steps(name, rules, before, after, steps) -%}
    {#- The steps are only gone through again where they have changed something. -#}
    case when {{ before }} <> {{ after }} then {{ codes_of_steps(name, rules, after, steps) }} else '' end
{%- endmacro %}

{% macro codes_of_steps(name, rules, after, steps) -%}
    {#- What the last step gave stands in a column already. -#}
    {%- set codes = [] -%}
    {%- for step in steps -%}
        {%- do codes.append(coded(name, rules, step.rule, step.before ~ " <> " ~ (after if loop.last else step.after))) -%}
    {%- endfor -%}
    {{ return(joined_texts(codes)) }}
{%- endmacro %}
