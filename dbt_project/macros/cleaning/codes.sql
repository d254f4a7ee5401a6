{#- A code is 'column:rule:raw column:path:version of the rule', and of a problem also what was expected; raw column and path
    are empty where the raw column has the same name. Codes are joined by commas. -#}

{% macro code(name, rules, rule, expected=none) -%}
    {%- set parts = [name, rule, encoded(rules.get("from", "")), encoded(rules.get("path", "")), cleaning_rule_versions()[rule]] -%}
    {%- if expected is not none -%} {%- do parts.append(encoded(expected)) -%} {%- endif -%}
    {{ return(sql_literal(parts | join(":") ~ ",")) }}
{%- endmacro %}

{% macro encoded(text) -%} {{ return(text | replace("%", "%25") | replace(":", "%3A") | replace(",", "%2C")) }} {%- endmacro %}

{% macro decoded(text) -%} replace(replace(replace({{ text }}, '%2C', ','), '%3A', ':'), '%25', '%') {%- endmacro %}

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

{% macro problem_conditions(name, rules) -%}
    {#- Rule -> when a value breaks it. -#}
    {%- set present, value = at_level(name, rules, "present"), adapter.quote(name ~ "__value") -%}
    {%- set conditions = {} -%}
    {%- if base_type(rules) != "text" or "normalize" in rules -%}
        {%- do conditions.update({rules.get("normalize", base_type(rules)): present ~ " is not null and " ~ value ~ " is null"}) -%}
    {%- endif -%}
    {%- if "path" in rules -%}
        {%- set broken = [adapter.quote(name ~ "__broken"), conditions.get("json")] | select | join(" or ") -%}
        {%- do conditions.update({"json": broken}) -%}
    {%- endif -%}
    {%- if "minimum" in rules or "maximum" in rules -%}
        {%- set limits = {} -%}
        {%- for side in ("minimum", "maximum") if side in rules -%} {%- do limits.update({side: rules[side]}) -%} {%- endfor -%}
        {%- do conditions.update({"range": "not " ~ within_limits(value, limits)}) -%}
    {%- endif -%}
    {%- if "accepted" in rules and base_type(rules) != "enumeration" -%}
        {%- set limits = {"accepted": rules["accepted"], "type": rules.get("type", "text")} -%}
        {%- do conditions.update({"accepted": "not " ~ within_limits(value, limits)}) -%}
    {%- endif -%}
    {%- if rules.get("required") -%} {%- do conditions.update({"required": present ~ " is null"}) -%} {%- endif -%}
    {{ return(conditions) }}
{%- endmacro %}

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

{% macro stopping(name, rules, rule, code) -%}
    {#- A file that was mended is replaced: its bad values stay problems, but no longer end the build. -#}
    {%- set raw = adapter.quote(name ~ "__raw") -%}
    {%- set expected = expected_value(rule, rules) | replace("'", "''") -%}
    {%- set message = sql_literal(place_of(name)) ~ " || coalesce('''' || " ~ raw ~ " || '''', 'nothing')"
        ~ " || ' (file ' || _file_id || ', row ' || _row_number || ') is not " ~ expected ~ " (" ~ rule
        ~ "), and on_error is ''fail''; mend the file, or declare ''null'' or ''row'''" -%}
    {{ return("case when _superseded_by_file_id is not null then " ~ code ~ " else " ~ raise_error(message) ~ " end") }}
{%- endmacro %}

{% macro joined_codes(any, codes) -%}
    {#- Each with a comma behind it; NULL where nothing can have happened. -#}
    {%- if not codes -%} cast(null as {{ dbt.type_string() }})
    {%- else -%} case when {{ any | join(" or ") }} then {{ joined_texts(codes) }} end
    {%- endif -%}
{%- endmacro %}

{% macro without_last_comma(codes) -%}
    {#- NULL where nothing happened, which most rows compress to nothing. The codes are a column: DuckDB's `nullif` goes
        through its first argument twice, and what stands in a CASE is not made once for both. -#}
    case when {{ codes }} <> '' then rtrim({{ codes }}, ',') end
{%- endmacro %}

{% macro formatting_codes(columns) -%}
    {%- set codes = [] -%}
    {%- for name, rules in columns.items() -%}
        {%- set found = joined_texts(changes_of(name, rules)) -%}
        {%- set plain = adapter.quote(name ~ "__plain") -%}
        {%- do codes.append("case when " ~ plain ~ " then '' else " ~ found ~ " end" if plain_condition(name, rules) else found) -%}
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

{% macro coded(name, rules, rule, condition) -%}
    {{ return("case when " ~ condition ~ " then " ~ code(name, rules, rule) ~ " else '' end") }}
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

{% macro changed_by_steps(name, rules, before, after, steps) -%}
    {#- The steps are only gone through again where they have changed something. -#}
    {{ return("case when " ~ before ~ " <> " ~ after ~ " then " ~ codes_of_steps(name, rules, after, steps) ~ " else '' end") }}
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

{% macro codes_of_steps(name, rules, after, steps) -%}
    {#- What the last step gave stands in a column already. -#}
    {%- set codes = [] -%}
    {%- for step in steps -%}
        {%- do codes.append(coded(name, rules, step.rule, step.before ~ " <> " ~ (after if loop.last else step.after))) -%}
    {%- endfor -%}
    {{ return(joined_texts(codes)) }}
{%- endmacro %}

{% macro rewritings(name, rules) -%}
    {#- Rule -> when the last level, which makes a text the one form of its type, has changed it. -#}
    {%- set type, value = base_type(rules), adapter.quote(name ~ "__value") -%}
    {%- set before, after = before_level(name, rules, "canonical"), at_level(name, rules, "canonical") -%}
    {%- if type == "text" -%} {{ return({rules["normalize"]: before ~ " <> " ~ after} if "normalize" in rules else {}) }}
    {%- elif type == "enumeration" -%} {{ return({"spelling": before ~ " <> " ~ after}) }}
    {%- elif type == "boolean" -%} {{ return({"boolean_word": before ~ " <> " ~ after}) }}
    {%- elif type == "json" -%} {{ return({}) }}
    {%- elif is_moment(rules) -%} {{ return(moment_rewritings(name, rules)) }}
    {%- elif type == "integer" -%} {{ return({"number_format": before ~ " <> cast(" ~ value ~ " as varchar)"}) }}
    {%- endif -%}
    {#- A decimal has no -0. -#}
    {%- set written = before ~ " <> " ~ after ~ (" or " ~ matches(after, "-[0.]+(?:e.*)?") if type == "decimal" else "") -%}
    {{ return({"number_format": written, "rounded": is_rounded(after, value, rules)}) }}
{%- endmacro %}

{% macro moment_rewritings(name, rules) -%}
    {%- set type, mapped = base_type(rules), at_level(name, rules, "mapped") -%}
    {%- set last = adapter.quote(name ~ "__value") if type == "date" else at_level(name, rules, "canonical") -%}
    {%- set written = "cast(" ~ last ~ " as varchar)" -%}
    {%- set written = written ~ " || '+00'" if type == "timestamptz" else written -%}
    {%- set found = {"date_format" if type == "date" else "timestamp_format": mapped ~ " <> " ~ written} -%}
    {%- if "timezone" in rules -%}
        {%- do found.update({"timezone": written ~ " is not null and not " ~ matches(mapped, ".*:.*(?:Z|[+-]\\d{2}(?::?\\d{2})?)")}) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{% macro is_rounded(text, value, rules) -%}
    {#- Whether the text has digits that its type drops. -#}
    {%- if base_type(rules) == "double" -%}
        {%- set kept = "cast(" ~ value ~ " as varchar)" -%}
        {%- set is_product = " and " ~ text ~ " not like '%*%'" if "units" in rules else "" -%}
        {{ return(kept ~ " <> " ~ text ~ is_product ~ " and " ~ digits_of(kept) ~ " <> " ~ digits_of(text)) }}
    {%- endif -%}
    {{ return(
        "case when " ~ value ~ " is null then false when " ~ text ~ " like '%e%' then " ~ digits_of("cast(" ~ value ~ " as varchar)") ~ " <> "
        ~ digits_of(text) ~ " else " ~ matches(text, ".*[.]\\d{" ~ decimal_scale(rules) ~ "}\\d*[1-9]\\d*") ~ " end"
    ) }}
{%- endmacro %}

{% macro digits_of(number) -%}
    {#- What a number consists of, wherever its point stands: 1.50e3, 1500.0 and 0.15 all of 15. -#}
    {{ return(replaced(replaced("split_part(" ~ number ~ ", 'e', 1)", "[.-]", ""), "^0+|0+$", "")) }}
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
