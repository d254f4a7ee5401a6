{% macro numeric_difference(one, other) -%}
    {{ return(adapter.dispatch("numeric_difference", "tidemill")(one, other)) }}
{%- endmacro %}

{% macro duckdb__numeric_difference(one, other) -%}
    {#- How far two values, given as texts, are apart; NULL where they are no numbers. Taken between the decimals that they
        print as: exact where a double is not (beyond 2^53), and 1.01 - 1.00 is 0.01. The first that fits, because
        reading a wide decimal takes 60 times as long as a narrow one. Spark: rlike, decimal instead of hugeint. -#}
    {%- set exact_types = {
        "-?[0-9]{1,9}([.][0-9]{1,8})?": "decimal(18, 8)",
        "-?[0-9]{1,37}": "hugeint",
        "-?[0-9]{1,19}([.][0-9]{1,18})?": "decimal(38, 18)",
    } -%}
    case
        {% for pattern, type in exact_types.items() -%}
            when {{ matches(one, pattern) }} and {{ matches(other, pattern) }}
            then abs(cast({{ one }} as {{ type }}) - cast({{ other }} as {{ type }}))::double
        {% endfor -%}
        -- Each text stands here once, or planning would take long where there are many columns.
        when {{ matches(one, "[-.0-9]+") }}
        then list_transform([[{{ one }}, {{ other }}]], lambda pair: {{ wide_difference("pair[1]", "pair[2]") }})[1]
        else abs({{ as_double(one) }} - {{ as_double(other) }})
    end
{%- endmacro %}

{% macro wide_difference(one, other) -%}
    {#- Of decimals that fit into no type together: that of the whole numbers plus that of the fractions. Whole numbers
        that may not fit into a hugeint have no fraction, and are near each other only where they have one sign. -#}
    {%- set wide = "-?[0-9]{0,37}([.][0-9]{1,38})?" -%}
    {%- set huge = "[0-9]{38,39} [0-9]{38,39}|-[0-9]{38,39} -[0-9]{38,39}" -%}
    {%- set sizes = "try_cast(ltrim(" ~ one ~ ", '-') as uhugeint), try_cast(ltrim(" ~ other ~ ", '-') as uhugeint)" -%}
    {%- set doubles = "abs(" ~ as_double(one) ~ " - " ~ as_double(other) ~ ")" -%}
    {%- set whole = "(" ~ whole_part(one) ~ " - " ~ whole_part(other) ~ ")" -%}
    {%- set fraction = "(" ~ fraction(one) ~ " - " ~ fraction(other) ~ ")" -%}
    case
        when {{ matches(one ~ " || ' ' || " ~ other, huge) }}
        then coalesce((greatest({{ sizes }}) - least({{ sizes }}))::double, {{ doubles }})
        when not {{ matches(one, wide) }} or not {{ matches(other, wide) }}
        then {{ doubles }}
        when abs({{ whole }}) < 9
        then abs(cast({{ whole }} as decimal(38, 37)) + {{ fraction }})::double
        else abs({{ whole }}::double + {{ fraction }}::double)
    end
{%- endmacro %}

{% macro whole_part(text) -%}
    cast(regexp_replace(split_part({{ text }}, '.', 1), '^(-?)', '\10') as hugeint)
{%- endmacro %}

{% macro fraction(text) -%}
    cast(
        case when {{ text }} like '-%' then '-0.' else '0.' end || split_part({{ text }}, '.', 2) || '0' as decimal(38, 37)
    )
{%- endmacro %}

{% macro as_double(value) -%} try_cast(cast({{ value }} as varchar) as double) {%- endmacro %}
