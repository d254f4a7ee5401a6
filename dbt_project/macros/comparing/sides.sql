{% macro both_sides(sides, names, fold={}) -%}
    {#- The rows of both sides with one type per column: the union finds the type that holds both. Keys are folded. -#}
    select true as _is_left, {{ quoted_names(names, fold) }}
    from {{ sides["left"] }}
    union all
    select false as _is_left, {{ quoted_names(names, fold) }}
    from {{ sides["right"] }}
{%- endmacro %}

{% macro one_side(sides, side, keys, values, fold) -%}
    {#- The optimiser reads only this side: the other branch of the union is known to be empty. -#}
    (
        select *
        from ({{ both_sides(sides, keys + values, keys_of(fold, keys)) }}) as _both
        where {{ "_is_left" if side == "left" else "not _is_left" }}
    )
{%- endmacro %}

{% macro keys_of(fold, keys) -%}
    {%- set of_keys = {} -%}
    {%- for name in keys if name in fold -%} {%- do of_keys.update({name: fold[name]}) -%} {%- endfor -%}
    {{ return(of_keys) }}
{%- endmacro %}

{% macro same_key(keys, one, other) -%}
    {#- NULL is a key like any other; `is not distinct from` is still a hash join. -#}
    {% for name in keys -%}
        {{ one }}.{{ quoted(name) }} is not distinct from {{ other }}.{{ quoted(name) }} {{ "and " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro quoted(name) -%} {{ adapter.quote(name | replace('"', '""')) }} {%- endmacro %}

{% macro quoted_names(names, fold={}) -%}
    {% for name in names -%}
        {% if name in fold %}{{ folded(quoted(name), fold[name]) }} as {% endif %}{{ quoted(name) }}{{ ", " if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro folded(text, foldings) -%}
    {%- set spaced = "trim(regexp_replace(" ~ text ~ ", '[\\s\\p{Z}]+', ' ', 'g'))" if "space" in foldings else text -%}
    {{ "lower(" ~ spaced ~ ")" if "case" in foldings else spaced }}
{%- endmacro %}
