{% macro both_sides(sides, keys, values, fold) -%}
    {#- The rows of both sides. Keys have one type, which the union finds, and are folded; values keep their own. -#}
    {% for side in sides -%}
        select
            {{ "true" if side == "left" else "false" }} as _is_left,
            {{ folded_names(keys, fold) }},
            {% for name in values -%}
                {{ quoted(name) if side == "left" else "null" }} as {{ quoted(name ~ "__left") }},
                {{ quoted(name) if side == "right" else "null" }} as {{ quoted(name ~ "__right") }},
            {% endfor %}
        from {{ sides[side] }}
        {{ "union all" if not loop.last }}
    {% endfor %}
{%- endmacro %}

{% macro one_side(sides, side, keys, values, fold) -%}
    {#- The optimiser reads only this side: the other branch is known to be empty. It gives keys their type, and beside
        each value stands a NULL of the type that the other side has it in. -#}
    (
        select
            {% for name in keys -%}
                {{ exact_key(name) if name not in fold else folded(quoted(name), fold[name]) }} as {{ quoted(name) }},
            {% endfor -%}
            {% for name in values -%} {{ quoted(name) }}, null as {{ other_value(loop.index) }}, {% endfor %}
        from {{ sides[side] }}
        union all
        select {{ folded_names(keys, fold) }}, {% for name in values -%} null, {{ quoted(name) }}, {% endfor %}
        from {{ sides[other_side(side)] }}
        where false
    )
{%- endmacro %}

{% macro other_value(number) -%} _tidemill_other_{{ number }} {%- endmacro %}

{% macro other_side(side) -%} {{ return("right" if side == "left" else "left") }} {%- endmacro %}

{% macro same_key(keys, one, other) -%}
    {#- NULL is a key like any other; `is not distinct from` is still a hash join. -#}
    {% for name in keys -%}
        {{ one }}.{{ quoted(name) }} is not distinct from {{ other }}.{{ quoted(name) }} {{ "and " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro folded_names(names, fold) -%}
    {% for name in names -%}
        {% if name in fold %}{{ folded(quoted(name), fold[name]) }} as {% endif %}{{ quoted(name) }}{{ ", " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro folded(value, foldings) -%}
    {%- set text = "cast(" ~ value ~ " as varchar)" -%}
    {%- set spaced = "trim(regexp_replace(" ~ text ~ ", '[\\s\\p{Z}]+', ' ', 'g'))" if "space" in foldings else text -%}
    {{ "lower(" ~ spaced ~ ")" if "case" in foldings else spaced }}
{%- endmacro %}

{% macro with_texts(fold, two_types) -%}
    {#- Keys whose types do not meet are compared as texts, of which nothing is folded. -#}
    {%- set folded = {} -%}
    {%- for name, types in two_types.items() if not types_meet(types["left"], types["right"]) -%}
        {%- do folded.update({name: []}) -%}
    {%- endfor -%}
    {%- do folded.update(fold) -%}
    {{ return(folded) }}
{%- endmacro %}
