{% macro value_difference(name) -%}
    {#- How far the two values of a pair are apart; NULL where they are neither numbers nor times. -#}
    {%- set one, other = quoted(name ~ "__left"), quoted(name ~ "__right") -%}
    case
        when ({{ is_of_moment(one) }} and {{ is_of_moment(other) }}) or (typeof({{ one }}) = 'TIME' and typeof({{ other }}) = 'TIME')
        then {{ time_difference(one, other) }}
        else {{ numeric_difference(quoted(name ~ "__left_number"), quoted(name ~ "__right_number")) }}
    end
{%- endmacro %}
