{% macro difference_kind(name, tolerance, foldings) -%}
    {%- set one, other = quoted(name ~ "__left"), quoted(name ~ "__right") -%}
    case
        when _merge <> 'both' or {{ same_value(one, other, foldings) if foldings else "not " ~ quoted(name ~ "__differs") }}
        then null
        when {{ one }} is null
        then 'null_left'
        when {{ other }} is null
        then 'null_right'
        {% if name in tolerance -%}
            when {{ within_tolerance(name, tolerance[name]) }}
            then 'within_tolerance'
        {% endif -%}
        else 'different'
    end as {{ quoted(name ~ "__kind") }}
{%- endmacro %}

{% macro within_tolerance(name, allowed) -%}
    {#- Symmetric as Python's math.isclose: the relative part is one of the larger of both values. An infinite
        difference is within no tolerance. -#}
    {%- set rules = {"absolute": allowed} if allowed is number else allowed -%}
    {%- set one, other = as_double(quoted(name ~ "__left")), as_double(quoted(name ~ "__right")) -%}
    {%- set difference = quoted(name ~ "__difference") -%}
    coalesce(
        isfinite({{ difference }})
        and {{ difference }} <= greatest(
            {{ rules.get("absolute", 0) }}::double,
            {{ rules.get("relative", 0) }}::double * greatest(abs({{ one }}), abs({{ other }}))
        ),
        false
    )
{%- endmacro %}
