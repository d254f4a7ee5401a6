{% macro rewritings(name, rules) -%}
    {#- Rule -> when the last level, which makes a text the one form of its type, has changed it. -#}
    {%- set type, value = base_type(rules), quoted(name ~ "__value") -%}
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
    {%- set last = quoted(name ~ "__value") if type == "date" else at_level(name, rules, "canonical") -%}
    {%- set written = "cast(" ~ last ~ " as varchar)" -%}
    {%- set written = written ~ " || '+00'" if type == "timestamptz" else written -%}
    {%- set found = {"date_format" if type == "date" else "timestamp_format": mapped ~ " <> " ~ written} -%}
    {%- if "timezone" in rules -%}
        {%- set has_zone = matches(mapped, ".*:.*(?:Z|[+-]\\d{2}(?::?\\d{2})?)") -%}
        {%- do found.update({"timezone": written ~ " is not null and not " ~ has_zone}) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{% macro is_rounded(text, value, rules) -%}
    {#- Whether the text has digits that its type drops. -#}
    {%- set kept = "cast(" ~ value ~ " as varchar)" -%}
    {%- set has_others = significant_digits(kept) ~ " <> " ~ significant_digits(text) -%}
    {%- if base_type(rules) == "double" -%}
        {%- set is_product = " and " ~ text ~ " not like '%*%'" if "units" in rules else "" -%}
        {{ return(kept ~ " <> " ~ text ~ is_product ~ " and " ~ has_others) }}
    {%- endif -%}
    case
        when {{ value }} is null
        then false
        when {{ text }} like '%e%'
        then {{ has_others }}
        else {{ matches(text, ".*[.]\\d{" ~ decimal_scale(rules) ~ "}\\d*[1-9]\\d*") }}
    end
{%- endmacro %}
