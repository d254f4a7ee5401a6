{% macro numeric_difference(one, other) -%}
    {{ return(adapter.dispatch("numeric_difference", "tidemill")(one, other)) }}
{%- endmacro %}

{% macro duckdb__numeric_difference(one, other) -%}
    {#- How far two values, given as texts, are apart; NULL where they are no numbers. Taken between the decimals that they
        print as: exact where a double is not (beyond 2^53), and 1.01 - 1.00 is 0.01. The first that fits, because
        reading a wide decimal takes 60 times as long as a narrow one. Spark: rlike, decimal instead of hugeint. -#}
    {%- set exact_types = {
        "-?[0-9]{1,9}([.][0-9]{1,9})?": "decimal(18, 9)",
        "-?[0-9]{1,37}": "hugeint",
        "-?[0-9]{1,19}([.][0-9]{1,18})?": "decimal(38, 18)",
        "-?[0-9]{1,28}([.][0-9]{1,9})?": "decimal(38, 9)",
    } -%}
    case
        {% for pattern, type in exact_types.items() -%}
            when {{ matches(one, pattern) }} and {{ matches(other, pattern) }}
            then abs(cast({{ one }} as {{ type }}) - cast({{ other }} as {{ type }}))::double
        {% endfor -%}
        else abs({{ as_double(one) }} - {{ as_double(other) }})
    end
{%- endmacro %}

{% macro as_double(value) -%} try_cast(cast({{ value }} as varchar) as double) {%- endmacro %}
