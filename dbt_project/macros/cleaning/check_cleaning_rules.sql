{% macro check_cleaning_rules(columns) -%}
    {#- A misspelt rule would be silently without effect: refuse it, with what is allowed. -#}
    {%- if not columns -%}
        {%- do refuse(model.original_file_path ~ ": clean: no columns are declared; name at least one") -%}
    {%- endif -%}
    {%- do check_names(columns | list) -%}
    {%- for name, rules in columns.items() -%}
        {%- set where = place_of(name) -%}
        {%- do refuse_unknown(where ~ "unknown rule", rules, cleaning_options() | list) -%}
        {%- do refuse_unknown(where ~ "unknown type", [base_type(rules)], cleaning_types()) -%}
        {%- for option, value in rules.items() -%} {%- do check_option(where, option, value, rules) -%} {%- endfor -%}
        {%- do check_type(where, rules) -%}
        {%- do check_mappings(where, rules) -%}
        {%- do check_declared_values(where, rules) -%}
        {%- if is_moment(rules) -%} {%- do check_formats(where, rules) -%} {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro check_names(names) -%}
    {#- DuckDB would call the second of two equal names by another one. -#}
    {%- set seen, taken = {}, (bookkeeping_columns() | list) + columns_of_clean() + columns_of_deduplicate() -%}
    {%- for name in names -%}
        {%- if modules.re.search("[:,\"]", name) -%}
            {%- do refuse(
                place_of(name)
                ~ "a column of a model cannot have ':', ',' or '\"' in its name; give it another one and say `from`"
            ) -%}
        {%- elif name | lower in seen -%}
            {%- do refuse(
                place_of(name) ~ "stands twice, because SQL does not tell '" ~ name ~ "' and '" ~ seen[name | lower]
                ~ "' apart; give one of them another name and say `from`"
            ) -%}
        {%- elif name | lower in taken -%}
            {%- do refuse(
                place_of(name) ~ "'" ~ name
                ~ "' is a name that clean or deduplicate gives to a column of its own; give it another one and say `from`"
            ) -%}
        {%- endif -%}
        {%- do seen.update({name | lower: name}) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro place_of(name) -%} {{ return(model.original_file_path ~ ": clean: column '" ~ name ~ "': ") }} {%- endmacro %}

{% macro refuse_unknown(what, words, allowed) -%}
    {%- for word in words if word not in allowed -%}
        {%- do refuse(what ~ " '" ~ word ~ "' (has: " ~ allowed | join(", ") ~ ")" ~ nearest(word, allowed)) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro check_option(where, option, value, rules) -%}
    {%- set known = cleaning_options()[option] -%}
    {%- if base_type(rules) not in known.get("types", cleaning_types()) -%}
        {%- do refuse(
            where ~ option ~ " does nothing to type '" ~ base_type(rules) ~ "' (only to " ~ known["types"] | join(", ")
            ~ "); leave it out"
        ) -%}
    {%- endif -%}
    {%- do check_kind(where ~ option ~ " '" ~ value ~ "' is not a", known["kind"], value) -%}
    {%- if "allowed" in known -%}
        {%- set words = [value] if known["kind"] in ("text", "value") else value -%}
        {%- for word in words if word not in known["allowed"] -%}
            {%- do refuse(
                where ~ option ~ " '" ~ word ~ "' is not allowed (has: " ~ known["allowed"] | join(", ") ~ ")"
                ~ nearest(word, known["allowed"])
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_kind(is_not_a, kind, value) -%}
    {%- if kind == "list" and (value is string or value is mapping or value is not sequence) -%}
        {%- do refuse(is_not_a ~ " list; write ['" ~ value ~ "']") -%}
    {%- elif kind == "mapping" and value is not mapping -%}
        {%- do refuse(is_not_a ~ " mapping; write {'" ~ value ~ "': …}") -%}
    {%- elif kind == "text" and value is not string -%} {%- do refuse(is_not_a ~ " text; write it in quotes") -%}
    {%- elif kind == "number" and (value is not integer or not 0 <= value <= 99) -%}
        {%- do refuse(is_not_a ~ " whole number from 0 to 99") -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_type(where, rules) -%}
    {%- if base_type(rules) == "decimal" and decimal_scale(rules) is none -%}
        {%- do refuse(where ~ "type '" ~ rules["type"] ~ "' has no scale; declare it, such as decimal(12, 2)") -%}
    {%- elif base_type(rules) == "enumeration" and not rules.get("accepted") -%}
        {%- do refuse(where ~ "an enumeration needs its values; declare them as 'accepted'") -%}
    {%- elif is_number(rules) and rules.get("decimal_mark", "auto") == rules.get("thousands_mark") -%}
        {%- set mark = rules["thousands_mark"] -%}
        {%- do refuse(where ~ "decimal_mark and thousands_mark are both '" ~ mark ~ "'; mend one of them") -%}
    {%- elif rules.get("normalize") == "postcode" and "country" not in rules -%}
        {%- set countries = postcodes() | join(", ") -%}
        {%- do refuse(where ~ "postcodes differ by country; declare one of " ~ countries ~ " as 'country'") -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_mappings(where, rules) -%}
    {%- for text, value in rules.get("map", {}).items() if value is none -%}
        {%- do refuse(where ~ "map: '" ~ text ~ "' has no value; declare it in 'null_tokens'") -%}
    {%- endfor -%}
    {%- for word, texts in rules.get("words", {}).items() if texts is string -%}
        {%- do refuse(where ~ "words: '" ~ word ~ "' is no list; write ['" ~ texts ~ "']") -%}
    {%- endfor -%}
    {%- for unit, factor in rules.get("units", {}).items() if factor is not number or factor <= 0 -%}
        {%- do refuse(where ~ "units: '" ~ factor ~ "' is not the number that one " ~ unit ~ " is multiplied by") -%}
    {%- endfor -%}
{%- endmacro %}

{% macro check_formats(where, rules) -%}
    {%- set named = rules.get("formats", []) | reject("in", ["auto"]) | list -%}
    {%- if "auto" in rules.get("formats", []) and named -%}
        {%- do refuse(where ~ "formats: 'auto' stands alone; leave it or the others out") -%}
    {%- endif -%}
    {%- for format in named if "%" not in format -%}
        {%- do refuse_unknown(where ~ "unknown date format", [format], date_formats() | list) -%}
    {%- endfor -%}
    {%- for format in named if "%" in format and not modules.re.fullmatch("(%[dmYybB]|[^%'\\\\])+", format) -%}
        {%- do refuse(
            where ~ "date format '" ~ format ~ "' has letters that are not known (has: %Y, %y, %m, %b, %B, %d)"
        ) -%}
    {%- endfor -%}
    {%- for format in named if "%y" in format -%}
        {%- if "pivot" not in rules -%}
            {%- do refuse(
                where ~ "date format '" ~ format
                ~ "' has years of two digits; declare the first of them that is 19.. as 'pivot', such as 70"
            ) -%}
        {%- elif not (format.startswith("%y") or format.endswith("%y")) -%}
            {%- do refuse(
                where ~ "date format '" ~ format
                ~ "' has its year of two digits neither first nor last; map such values"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
