{% macro value_difference(one, other) -%}
    {#- How far two values are apart; NULL where they are neither numbers nor times. -#}
    {%- set types = ["typeof(" ~ one ~ ")", "typeof(" ~ other ~ ")"] -%}
    case
        when
            ({{ matches(types[0], "DATE|TIMESTAMP.*") }} and {{ matches(types[1], "DATE|TIMESTAMP.*") }})
            or ({{ types[0] }} = 'TIME' and {{ types[1] }} = 'TIME')
        then {{ time_difference(one, other) }}
        else {{ numeric_difference(number_of_pair(one, other), number_of_pair(other, one)) }}
    end
{%- endmacro %}
