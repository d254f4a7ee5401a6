{% macro check_declared_values(where, rules) -%}
    {#- Values and words that a column declares: some could never be met, or would mean two things. -#}
    {%- do check_limits(where, rules) -%}
    {%- do check_declared_words(where, rules) -%}
    {%- if "calling_code" in rules and not modules.re.fullmatch("[1-9][0-9]{0,2}", rules["calling_code"]) -%}
        {%- do refuse(
            where ~ "calling_code '" ~ rules["calling_code"]
            ~ "' is not a country's; write its digits alone, such as '49'"
        ) -%}
    {%- elif "*" in rules.get("path", "") -%}
        {%- do refuse(where ~ "path '" ~ rules["path"] ~ "' leads to more than one value; name one place, without '*'") -%}
    {%- elif base_type(rules) == "decimal" -%}
        {%- set digits = decimal_digits(rules) -%}
        {%- if not 1 <= digits | sum <= 38 or digits[0] < 0 -%}
            {%- do refuse(
                where ~ "type '" ~ rules["type"]
                ~ "' cannot be; a decimal has 1 to 38 digits, and no more of them after the point than in all"
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_limits(where, rules) -%}
    {%- set kind = "a number" if is_number(rules) else "a date in quotes, such as '2026-01-31'" -%}
    {%- for side in ("minimum", "maximum") if side in rules -%}
        {%- set limit = rules[side] -%}
        {%- set is_day = modules.re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}", limit | string) -%}
        {#- NaN is a number that is not equal to itself. -#}
        {%- if limit is boolean or limit != limit or not ((limit is number) if is_number(rules) else is_day) -%}
            {%- do refuse(where ~ side ~ " '" ~ limit ~ "' is not " ~ kind) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if "minimum" in rules and "maximum" in rules and rules["minimum"] > rules["maximum"] -%}
        {%- do refuse(
            where ~ "minimum " ~ rules["minimum"] ~ " is more than maximum " ~ rules["maximum"] ~ "; mend one of them"
        ) -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_declared_words(where, rules) -%}
    {%- if is_number(rules) -%}
        {%- for value in rules.get("accepted", []) if value is not number or value is boolean -%}
            {%- do refuse(where ~ "accepted: '" ~ value ~ "' is not a number; write it without quotes") -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set members = rules["accepted"] if base_type(rules) == "enumeration" else [] -%}
    {%- set folded = members + (rules.get("words", {}).values() | sum(start=[])) -%}
    {%- set folded = folded | map("string") | map("lower") | list -%}
    {%- for word in folded if folded.count(word) > 1 -%}
        {%- do refuse(
            where ~ "'" ~ word
            ~ "' stands for two values, because upper and lower case are the same here; leave one of them out"
        ) -%}
    {%- endfor -%}
    {%- for word in rules.get("null_tokens", []) if word | lower in declared_words(rules) -%}
        {%- do refuse(where ~ "'" ~ word ~ "' is in null_tokens, and a value besides; leave it out of one of them") -%}
    {%- endfor -%}
    {#- What is mapped may become an accepted value with any blanks. -#}
    {%- set option = "map" if "map" in rules else "accepted" -%}
    {%- for word in rules.get(option, []) if "keep" not in rules and (word | string).split() | join(" ") != word | string -%}
        {%- do refuse(
            where ~ option ~ ": '" ~ word
            ~ "' is never met, because blanks are tidied before; write it with single ones, and none around it"
        ) -%}
    {%- endfor -%}
{%- endmacro %}
