{% macro repeated_keys(sides, keys, fold, counts_repeats) -%}
    {#- The keys that stand several times on a side; without a key, the rows that do not stand as often on both. Looked
        for only where the pairs are not as many as the rows. -#}
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
    )
{%- endmacro %}
