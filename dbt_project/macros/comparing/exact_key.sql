{% macro exact_key(name, asked_by="compare") -%}
    {#- Keys of two types meet in the one that a union gives them. A whole number becomes floating beside a floating one, which
        holds it exactly only up to a limit, and a decimal the one that prints like it, if there is one; decimals of
        38 digits lose those behind the point. -#}
    {%- set left, right, met = no_value("left", name), no_value("right", name), no_value("met", name) -%}
    {%- set types = "typeof(" ~ left ~ "), typeof(" ~ right ~ ")" -%}
    {%- set text, double = "cast(" ~ quoted(name) ~ " as varchar)", as_double(quoted(name)) -%}
    {%- set single = "try_cast(" ~ quoted(name) ~ " as float)" -%}
    {%- set printed = "case when 'FLOAT' in (" ~ types ~ ") then cast(" ~ single ~ " as varchar) else cast(" ~ double ~ " as varchar) end" -%}
    case
        when not {{ is_of_number(left) }} or not {{ is_of_number(right) }}
        then {{ quoted(name) }}
        when
            case
                when {{ is_floating(met) }}
                then
                    not ({{ is_floating(left) }} and {{ is_floating(right) }})
                    and (
                        abs({{ double }}) >= case when 'FLOAT' in ({{ types }}) then 16777216 else 9007199254740992 end
                        or {{ scale_of(quoted(name)) }} > 0
                        and {{ significant_digits(text) }} <> {{ significant_digits(printed) }}
                    )
                when {{ scale_of(quoted(name)) }} > {{ scale_of(met) }}
                then length(rtrim(split_part({{ text }}, '.', 2), '0')) > {{ scale_of(met) }}
            end
        then {{ raise_error(inexact_key(name, asked_by, [left, right, met])) }}
        else {{ quoted(name) }}
    end
{%- endmacro %}

{% macro inexact_key(name, asked_by, sides) -%}
    {#- The message, as SQL. -#}
    {%- set found = [] -%}
    {%- for value in sides -%} {%- do found.append("typeof(" ~ value ~ ")") -%} {%- endfor -%}
    {{ return(
        sql_literal(asked_by ~ ": " ~ name ~ " is ") ~ " || " ~ found[0] ~ " || ' on one side and ' || " ~ found[1]
        ~ " || ' on the other, and ' || " ~ found[2] ~ " || ', in which they meet, cannot hold it exactly: ' || cast("
        ~ quoted(name) ~ " as varchar) || '; cast it on one side first'"
    ) }}
{%- endmacro %}

{% macro types_met(left, right, names, right_names) -%}
    {#- The keys of both sides and what they meet in, without a row: what is asked of them are their types. -#}
    left_types as (select {{ quoted_names(names) }} from {{ left }} limit 0),

    right_types as (
        select {% for name in names -%} {{ quoted(right_names[loop.index0]) }} as {{ quoted(name) }}, {% endfor %}
        from {{ right }}
        limit 0
    ),

    met_types as (
        select * from left_types
        union all
        select * from right_types
    )
{%- endmacro %}

{% macro no_value(side, name) -%}
    {#- NULL of a column's type. Its typeof is a constant as soon as the statement is bound: nothing is read. -#}
    (select {{ quoted(name) }} from {{ side }}_types)
{%- endmacro %}
