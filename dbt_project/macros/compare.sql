{% macro compare(left, right, key, columns, tolerance={}, fold={}, changed=none, same_types=none) -%}
    {%- do check_comparison(key, columns, tolerance, fold, changed) -%}
    {%- set keys = ([key] if key is string else key) or columns -%}
    {%- set values = columns if key else [] -%}
    {%- set types = columns_of_relations({"left": left, "right": right}) -%}
    {%- do check_shares_of_times(types, tolerance) -%}
    {%- set two_types = keys_of_two_types(types, keys) -%}
    {%- set fold = with_texts(fold, two_types) -%}
    {%- set left, right = with_lists(left, types["left"], keys, values), with_lists(right, types["right"], keys, values) -%}
    {%- set same_types = same_types_of(types, values) if same_types is none else same_types -%}
    {%- set own_keys = keys | reject("in", fold) | list -%}
    {%- set sides = {"left": "left_changed", "right": "right_changed"} if changed else {"left": left, "right": right} -%}
    with
        {% if changed -%} {{ changed_rows({"left": left, "right": right}, keys, values, fold, changed) }}, {%- endif %}
        {% if own_keys -%} {{ types_met(sides["left"], sides["right"], own_keys, own_keys) }}, {%- endif %}

        {{ rows_in_question(sides, keys, values, fold, same_types, counts_repeats=key | length > 0) }},

        {{ single_pairs(sides, keys, values, fold) }},

        {{ repeated_pairs(sides, keys, values, fold, same_types) }},

        {{ judged_pairs(values, tolerance, fold, same_types) }},

        compared as (
            select
                {{ quoted_names(keys) }},
                _merge,
                _changed_columns is not null as is_changed,
                _changed_columns as changed_columns,
                _rows_left,
                _rows_right,
                _pair,
                {% for name in values -%} {{ quoted(name ~ "__left") }}, {{ quoted(name ~ "__right") }}, {% endfor -%}
                {% for name, types in two_types.items() -%}
                    {{ key_of_side(name, types, "left") }}, {{ key_of_side(name, types, "right") }},
                {% endfor -%}
                _differences,
            from judged_pairs
            where
                _merge <> 'both'
                {% if key -%}
                    -- The hashes have chosen the pairs; the values decide.
                    or _rows_left > 1
                    or _rows_right > 1
                    or len(_differences) > 0
                {%- endif %}
        )

    select *
    from compared
{%- endmacro %}

{% macro key_of_side(name, types, side) -%}
    {#- A key as it stands on a side, where both have it in another type; NULL where the row is on the other side only. -#}
    case
        when _merge <> '{{ other_side(side) }}_only'
        then try_cast({{ quoted(name) }} as {{ list_type(types[side]) }})
    end::{{ types[side] }} as {{ quoted(name ~ "__" ~ side) }}
{%- endmacro %}
