{% macro counted_pairs(sides, keys, values, fold, same_types) -%}
    {#- The keys of which a side holds something of its own, and how many pairs are plainly equal. -#}
    {% for side in sides -%}
        {{ side }}_hashes as (
            select {{ quoted_names(keys) }}, {{ hash_of_side(values, fold, same_types) }} as _hash,
            from {{ one_side(sides, side, keys, values, fold) }} as _side
            where not exists (select 1 from crowded_keys where {{ same_key(keys, "_side", "crowded_keys") }})
        ),

    {% endfor -%}
    hash_pairs as (
        select
            {% for name in keys -%}
                coalesce(left_hashes.{{ quoted(name) }}, right_hashes.{{ quoted(name) }}) as {{ quoted(name) }},
            {% endfor -%}
            -- The sides that hold something of their own: 0 neither, 1 the left, 2 the right, 3 both. A number, because
            -- every pair is grouped by it.
            cast(
                case
                    when left_hashes._hash is null
                    then 2
                    when right_hashes._hash is null
                    then 1
                    when left_hashes._hash = right_hashes._hash
                    then 0
                    else 3
                end as tinyint
            ) as _own,
        from left_hashes
        full outer join right_hashes on {{ same_key(keys, "left_hashes", "right_hashes") }}
    ),

    -- All equal pairs fall into one group.
    counted_pairs as (
        select
            _own,
            {% for name in keys -%}
                case when _own <> 0 then {{ quoted(name) }} end as {{ quoted(name) }},
            {% endfor -%}
            count(*) as _pairs,
        from hash_pairs
        group by {% for _ in keys %}{{ loop.index }}, {% endfor %}{{ keys | length + 1 }}
    )
{%- endmacro %}

{% macro hash_of_side(values, fold, same_types) -%}
    {%- set pairs = [] -%}
    {%- for name in values -%}
        {%- do pairs.append({"one": quoted(name), "other": other_value(loop.index), "foldings": fold.get(name), "type": same_types.get(name)}) -%}
    {%- endfor -%}
    {{ pairs_hash(pairs) }}
{%- endmacro %}
