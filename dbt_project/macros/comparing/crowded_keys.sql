{% macro crowded_keys(sides, keys, fold) -%}
    {#- The keys of which a join would make several pairs, and none unless there would be far more pairs than rows.

        How many there would be is told from how the rows fall into buckets by the hash of their key: as many as there
        are within the buckets, less those that chance puts there. It costs one scan of the keys, where counting each
        key would cost as much as the join. As many buckets as a tinyint numbers, by which DuckDB counts in a plain array; chance
        moves the number of pairs by an eighth of the rows. -#}
    {%- set buckets = 128 -%}
    key_buckets as (
        select
            -- What `% {{ buckets }}` gives, for less.
            cast({{ row_hash([quoted_names(keys)]) }} & {{ buckets - 1 }} as tinyint) as _bucket,
            sum(cast(_is_left as tinyint))::double as _rows_left,
            count(*) - _rows_left as _rows_right,
        from ({{ both_sides(sides, keys, [], fold) }}) as _both
        group by 1
    ),

    crowds as (
        select
            sum(_rows_left * _rows_right) - sum(_rows_left) * sum(_rows_right) / {{ buckets }}
            > 2 * (sum(_rows_left) + sum(_rows_right)) as has_crowds,
        from key_buckets
    ),

    crowded_keys as (
        select {{ quoted_names(keys) }},
        from ({{ both_sides(sides, keys, [], fold) }}) as _both
        where (select has_crowds from crowds)
        group by {{ quoted_names(keys) }}
        having
            count(*) > 2
            and count(*) filter (where _is_left) > 0
            and count(*) filter (where not _is_left) > 0
    )
{%- endmacro %}
