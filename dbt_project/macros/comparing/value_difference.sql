{% macro value_difference(name, same_type) -%}
    {#- How far the two values of a pair are apart; NULL where they are neither numbers nor times. -#}
    {%- set one, other = quoted(name ~ "__left"), quoted(name ~ "__right") -%}
    {%- set of_numbers = numeric_difference(quoted(name ~ "__left_number"), quoted(name ~ "__right_number")) -%}
    {%- if same_type -%}
        {{ return(time_difference(one, other) if modules.re.match("DATE|TIME(STAMP.*)?$", same_type) else of_numbers) }}
    {%- endif -%}
    case
        when ({{ is_of_moment(one) }} and {{ is_of_moment(other) }}) or (typeof({{ one }}) = 'TIME' and typeof({{ other }}) = 'TIME')
        then {{ time_difference(one, other) }}
        else {{ of_numbers }}
    end
{%- endmacro %}
