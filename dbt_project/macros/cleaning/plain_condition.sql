{% macro plain_condition(name, rules) -%}
    {#- Whether a text is written as it will stay, so that no rule has anything to do: one regular expression a value, and
        the rest of the work only where it fails. '' where no text of this column can be known to be plain so cheaply. -#}
    {%- set raw = quoted(name ~ "__raw") -%}
    {%- set condition = plain_shape(name, raw, rules) -%}
    {%- if not condition -%} {{ return("") }} {%- endif -%}
    {%- set words = [condition] -%}
    {%- if "null_tokens" in rules or (base_type(rules) == "text" and "normalize" not in rules) -%}
        {%- do words.append("not " ~ is_null_token(name, raw, rules)) -%}
    {%- endif -%}
    {%- if rules.get("map") -%} {%- do words.append("not " ~ is_one_of(raw, rules["map"])) -%} {%- endif -%}
    {{ return("coalesce(" ~ words | join(" and ") ~ ", true)") }}
{%- endmacro %}

{% macro is_all_plain(columns) -%}
    {#- Whether no rule has anything to do in a whole row, as in most of them. -#}
    {%- set words = [] -%}
    {%- for name, rules in columns.items() -%}
        {%- set is_nothing = quoted(name ~ "__raw") ~ " is null" -%}
        {%- do words.append(quoted(name ~ "__plain") if plain_condition(name, rules) else is_nothing) -%}
    {%- endfor -%}
    {{ words | join(" and ") }}
{%- endmacro %}

{% macro plain_shape(name, raw, rules) -%}
    {%- set type = base_type(rules) -%}
    {%- if "normalize" in rules -%} {{ return("" if "case" in rules else matches(raw, contact_shape(rules))) }}
    {%- elif type == "text" -%} {{ return(matches(raw, plain_words(rules))) }}
    {%- elif type == "enumeration" -%} {{ return(plain_member(raw, rules["accepted"])) }}
    {%- elif type == "boolean" -%} {{ return(plain_boolean(name, raw, rules)) }}
    {%- elif type == "json" -%} {{ return("(" ~ raw ~ " like '{%}' or " ~ raw ~ " like '[%]')") }}
    {%- elif is_moment(rules) -%} {{ return(plain_moment(raw, rules)) }}
    {%- else -%} {{ return(plain_number(raw, rules)) }}
    {%- endif -%}
{%- endmacro %}

{% macro plain_member(raw, accepted) -%}
    {#- What is declared may stand there with a letter and its mark apart, of which tidying makes one. -#}
    {%- set is_ascii = modules.re.fullmatch("[ -~]*", accepted | join) -%}
    {{ return(is_one_of(raw, accepted) ~ ("" if is_ascii else " and " ~ raw ~ " = " ~ composed(raw))) }}
{%- endmacro %}

{% macro plain_boolean(name, raw, rules) -%}
    {#- Of texts the declared words alone are read, of a typed file its true and false. -#}
    {%- set shape = raw ~ " in ('true', 'false')" -%}
    {%- if "words" not in rules -%} {{ return(shape) }} {%- elif "path" in rules -%} {{ return("") }} {%- endif -%}
    {{ return("case when " ~ is_truth(no_raw_value(name, rules)) ~ " then " ~ shape ~ " else " ~ raw ~ " is null end") }}
{%- endmacro %}

{% macro plain_words(rules) -%}
    {#- Letters that Unicode's NFC leaves alone wherever they stand, and single spaces between them. -#}
    {%- set latin = {"lower": "!-@\\[-~", "upper": "!-`{-~"}.get(rules.get("case"), "!-~") -%}
    {%- set other = "\\x{A1}-\\x{AC}\\x{AE}-\\x{2FF}\\x{410}-\\x{44F}\\x{4E00}-\\x{9FFF}" -%}
    {%- set letters = "[" ~ latin ~ ("" if "case" in rules or "accents" in rules else other) ~ "]+" -%}
    {{ return(letters ~ "( " ~ letters ~ ")*") }}
{%- endmacro %}
