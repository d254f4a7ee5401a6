{% macro rows_in_question(sides, keys, values, fold, counts_repeats) -%}
    {#- The keys that are not plainly equal, with the number of their rows on either side.

        One join of narrow rows: the key and one hash of all values. It also proves, for nothing, whether keys repeat:
        n left and m right rows of one key give n * m pairs, so the pairs are as many as the matched rows of the left,
        and of the right, only where every n and m is 1. Keys are counted only where that proof fails, or where there
        would be far more pairs than rows: then the rows of repeated keys are kept out of the join. -#}
    {{ crowded_keys(sides, keys, fold) }},

    {% for side in sides -%}
        {{ side }}_hashes as (
            select {{ quoted_names(keys) }}, {{ hash_of_side(values, fold) }} as _hash,
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
    ),

    pair_counts as (
        select
            coalesce(sum(_pairs) filter (where _own in (0, 3)), 0) as matched,
            coalesce(sum(_pairs) filter (where _own = 1), 0) as left_only,
            coalesce(sum(_pairs) filter (where _own = 2), 0) as right_only,
        from counted_pairs
    ),

    repeats as (
        select
            matched <> (select count(*) from {{ sides["left"] }}) - left_only
            or matched <> (select count(*) from {{ sides["right"] }}) - right_only as has_repeats,
        from pair_counts
    ),

    repeated_keys as (
        select
            {{ quoted_names(keys) }},
            count(*) filter (where _is_left) as _rows_left,
            count(*) filter (where not _is_left) as _rows_right,
        from ({{ both_sides(sides, keys, [], fold) }}) as _both
        where (select has_repeats from repeats)
        group by {{ quoted_names(keys) }}
        having
            {% if counts_repeats -%} count(*) filter (where _is_left) > 1 or count(*) filter (where not _is_left) > 1
            {%- else -%} count(*) filter (where _is_left) <> count(*) filter (where not _is_left)
            {%- endif %}
    ),

    keys_in_question as (
        select
            {{ quoted_names(keys) }},
            max(_rows_left) as _rows_left,
            max(_rows_right) as _rows_right,
            max(_rows_left) <= 1 and max(_rows_right) <= 1
            {%- for name in keys %} and {{ quoted(name) }} is not null {%- endfor %} as _is_single,
        from
            (
                select
                    {{ quoted_names(keys) }},
                    case _own when 1 then _pairs when 2 then 0 else 1 end as _rows_left,
                    case _own when 2 then _pairs when 1 then 0 else 1 end as _rows_right,
                from counted_pairs
                where _own <> 0
                union all
                select {{ quoted_names(keys) }}, _rows_left, _rows_right
                from repeated_keys
            ) as _counted
        group by {{ quoted_names(keys) }}
    )
{%- endmacro %}

{% macro hash_of_side(values, fold) -%}
    {%- set pairs = [] -%}
    {%- for name in values -%}
        {%- do pairs.append({"one": quoted(name), "other": other_value(loop.index), "foldings": fold.get(name)}) -%}
    {%- endfor -%}
    {{ pairs_hash(pairs) }}
{%- endmacro %}
