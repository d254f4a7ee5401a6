{% macro settled_reading(name, rules) -%}
    {%- set one, other = readings_of(rules) -%}
    {%- set n_one, n_other = quoted(name ~ "__n_" ~ one), quoted(name ~ "__n_" ~ other) -%}
    {%- set n_both = quoted(name ~ "__n_both") -%}
    case
        when {{ n_one }} > 0 and {{ n_other }} = 0
        then '{{ one }}'
        when {{ n_other }} > 0 and {{ n_one }} = 0
        then '{{ other }}'
        when {{ n_both }} > 0 and is_live
        then {{ raise_error(ambiguity(name, rules)) }}
    end
{%- endmacro %}

{% macro ambiguity(name, rules) -%}
    {#- The message, as SQL: how many values can be read in which way, one of each, and the declaration that settles it. -#}
    {%- set one, other = readings_of(rules) -%}
    {%- set said = {
        ".": "with a decimal point only", ",": "with a decimal comma only", "day": "with the day first only",
        "month": "with the month first only"
    } -%}
    {%- set both, remedy = "both with a decimal point and with a decimal comma", "''decimal_mark'': ''.'' or '',''" -%}
    {%- if is_moment(rules) -%}
        {%- set both = "both with the day and with the month first" -%}
        {%- set remedy = "''formats'': [''uk''] (day first), [''us''] (month first; [''uk_dash''], [''us_dash''] where they are"
            ~ " written with -)" -%}
    {%- endif -%}
    {%- set counts = [] -%}
    {%- for reading in (one, other) -%}
        {%- set such = quoted(name ~ "__such_" ~ reading) -%}
        {%- set example = "coalesce(' (such as ''' || " ~ such ~ " || ''')', '')" -%}
        {%- do counts.append(quoted(name ~ "__n_" ~ reading) ~ " || ' " ~ said[reading] ~ "' || " ~ example) -%}
    {%- endfor -%}
    {%- set n_both = quoted(name ~ "__n_both") -%}
    {{ return(
        sql_literal(place_of(name)) ~ " || " ~ n_both ~ " || case when " ~ n_both ~ " = 1 then ' value' else ' values' end"
        ~ " || ' of file ' || _file_id || ' can be read " ~ both
        ~ " (such as ''' || " ~ quoted(name ~ "__such_both") ~ " || '''), ' || " ~ counts[0] ~ " || ', ' || " ~ counts[1]
        ~ " || '; declare which is meant, by " ~ remedy ~ "'"
    ) }}
{%- endmacro %}
