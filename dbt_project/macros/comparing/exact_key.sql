{% macro exact_key(sides, side, name) -%}
    {#- A whole number beside a floating one becomes floating, which holds it exactly only up to a limit; a decimal beside a
        double becomes the double that prints like it, if there is one. -#}
    {%- set left, right = no_value("left", name), no_value("right", name) -%}
    {%- set types = "typeof(" ~ left ~ "), typeof(" ~ right ~ ")" -%}
    {%- set reason = " is a whole number or decimal on one side and a floating one on the other, which cannot hold it exactly: " -%}
    {%- set message = sql_literal("compare: " ~ name ~ reason) ~ " || cast(" ~ quoted(name) ~ " as varchar) || '; cast it on one side first'" -%}
    case
        when
            {{ is_of_number(left) }}
            and {{ is_of_number(right) }}
            and ({{ is_floating(left) }}) <> ({{ is_floating(right) }})
        then
            case
                when
                    abs({{ as_double(quoted(name)) }}) >= case when 'FLOAT' in ({{ types }}) then 16777216 else 9007199254740992 end
                    or 'DOUBLE' in ({{ types }})
                    and {{ number_text(quoted(name)) }} <> {{ number_text(as_double(quoted(name))) }}
                then
                    {{ raise_error(message) }}
                else {{ quoted(name) }}
            end
        else {{ quoted(name) }}
    end
{%- endmacro %}

{% macro no_value(side, name) -%}
    {#- NULL of a column's type. Its typeof is a constant as soon as the statement is bound: nothing is read. -#}
    (select {{ quoted(name) }} from {{ side }}_types)
{%- endmacro %}
