{% macro numbered_rows(sides, keys, values, fold, same_types) -%}
    {#- The rows of these keys, numbered within their key and side: first those that have a twin on the other side. -#}
    {%- set key_list = quoted_names(keys) -%}
    repeated_rows as (
        select
            _both.*,
            in_question._rows_left,
            in_question._rows_right,
            case
                when _is_left
                then {{ hash_of_values(values, "__left", "__right", fold, same_types) }}
                else {{ hash_of_values(values, "__right", "__left", fold, same_types) }}
            end as _hash,
        from ({{ both_sides(sides, keys, values, fold) }}) as _both
        inner join
            (select * from keys_in_question where not _is_single) as in_question
            on {{ same_key(keys, "_both", "in_question") }}
    ),

    numbered_twins as (
        select
            *,
            row_number() over (partition by {{ key_list }}, _hash, _is_left order by _hash) as _nth,
            -- DuckDB counts a window with a filter anew for each of its rows.
            count(case when _is_left then 1 end) over (partition by {{ key_list }}, _hash) as _left_twins,
            count(case when not _is_left then 1 end) over (partition by {{ key_list }}, _hash) as _right_twins,
        from repeated_rows
    ),

    twins as (select *, _nth <= _left_twins and _nth <= _right_twins as _is_twin, from numbered_twins),

    numbered_rows as (
        select
            *,
            row_number() over (
                partition by {{ key_list }}, _is_left, _is_twin
                order by
                    {% for name in values -%}
                        {% for side in sides -%}
                            {%- set value = quoted(name ~ "__" ~ side) -%}
                            {% if name in fold %}{{ folded(value, fold[name]) }} nulls last, {% endif -%}
                            {{ value }} nulls last,
                        {% endfor -%}
                    {% endfor -%}
                    _nth
            ) as _number,
            count(case when _is_left and _is_twin then 1 end) over (partition by {{ key_list }}) as _key_twins,
        from twins
    )
{%- endmacro %}

{% macro hash_of_values(values, own, other, fold, same_types) -%}
    {%- set pairs = [] -%}
    {%- for name in values -%}
        {%- do pairs.append({"one": quoted(name ~ own), "other": quoted(name ~ other), "foldings": fold.get(name), "type": same_types.get(name)}) -%}
    {%- endfor -%}
    {{ pairs_hash(pairs) }}
{%- endmacro %}
