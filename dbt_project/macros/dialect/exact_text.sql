{% macro exact_text(one, other) -%} {{ return(adapter.dispatch("exact_text", "tidemill")(one, other)) }} {%- endmacro %}

{% macro duckdb__exact_text(one, other) -%}
    {#- A value as the text in which it is compared with one of another type: equal for equal numbers, and for equal
        points in time, whatever their types; else as it prints. Their common type would not do: a whole number beside
        a double becomes a double, and a date beside a number is an error. -#}
    {%- set types = ["typeof(" ~ one ~ ")", "typeof(" ~ other ~ ")"] -%}
    {%- set zoned, text = "TIMESTAMP WITH TIME ZONE", "cast(" ~ one ~ " as varchar)" -%}
    case
        when {{ is_of_number(one) }} and {{ is_of_number(other) }}
        then {{ number_text(one) }}
        when {{ is_of_moment(one) }} and {{ is_of_moment(other) }} and '{{ zoned }}' in ({{ types | join(", ") }})
        then
            cast(try_cast({{ one }} as {{ zoned }}) as varchar)
            -- The nanoseconds, of which a point in time with a zone has none.
            || case when {{ types[0] }} = 'TIMESTAMP_NS' then substr(split_part({{ text }}, '.', 2), 7) else '' end
        when {{ types[0] }} = 'DATE' and {{ is_of_moment(other) }}
        then {{ text }} || case when {{ text }} like '%infinity' then '' else ' 00:00:00' end
        else {{ text }}
    end
{%- endmacro %}

{% macro number_text(value) -%} {{ return(adapter.dispatch("number_text", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__number_text(value) -%}
    {#- A number's one exact text: equal for equal numbers of different types. A text is trimmed as a decimal is. -#}
    {%- set double = "try_cast(" ~ value ~ " as double)" -%}
    case
        when not {{ is_floating(value) }}
        then
            regexp_replace({{ with_whole_digit(value) }}, '{{ zeros_of_number() }}', '\1\2')
        when {{ double }} = trunc({{ double }})
        then coalesce(try_cast({{ double }} as hugeint)::varchar, try_cast({{ double }} as uhugeint)::varchar, {{ double }}::varchar)
        -- 0.000012 for 1.2e-05, as a decimal prints. Smaller ones may have more digits than any decimal.
        when abs({{ double }}) between 1e-21 and 1e-4
        then rtrim(cast(cast({{ double }}::varchar as decimal(38, 37)) as varchar), '0')
        else {{ double }}::varchar
    end
{%- endmacro %}

{% macro with_whole_digit(value) -%}
    {#- A decimal of which all digits stand behind the point prints without a 0 before it. -#}
    case
        when typeof({{ value }}) = replace('DECIMAL(n,n)', 'n', regexp_extract(typeof({{ value }}), '\d+'))
        then regexp_replace(cast({{ value }} as varchar), '^(-?)[.]', '\10.')
        else cast({{ value }} as varchar)
    end
{%- endmacro %}

{% macro zeros_of_number() -%}
    {#- What a number's text has beside its digits: the sign of a zero, and zeros at its end. -#}
    {{ return("^-(0)(?:[.]0*)?$|[.]0*$|([.][0-9]*[1-9])0+$") }}
{%- endmacro %}

{% macro significant_digits(text) -%}
    {#- Of a number's text, wherever its point stands: 15 of 0.150 and of 1.5e-07. -#}
    trim(replace(replace(split_part({{ text }}, 'e', 1), '.', ''), '-', ''), '0')
{%- endmacro %}
