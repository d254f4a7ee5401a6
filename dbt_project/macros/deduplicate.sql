{% macro deduplicate(relation, partition_by=none, order_by=none) -%}
    {%- set keys = [partition_by] if partition_by is string else (partition_by or []) -%}
    {%- set orders = [order_by] if order_by is string else (order_by or []) -%}
    with
        candidates as (
            select *
            from {{ relation }}
            where not coalesce(_is_rejected, false) and _superseded_by_file_id is null
        ),

        -- Stage 1: equal in every column of the raw row. The first copy stays.
        copies as (
            select
                _file_id,
                _row_number,
                first_value(_file_id) over same_content as winner_file_id,
                first_value(_row_number) over same_content as winner_row_number,
                row_number() over same_content as place,
            from candidates
            window same_content as (partition by _row_fingerprint order by _file_id, _row_number)
        ),

        exact_losers as (
            select _file_id, _row_number, 'exact' as rule, winner_file_id, winner_row_number
            from copies
            where place > 1
        ),

        -- Stage 2: same key. The declared order decides, then the content, so that arrival never does. NULL keys never merge.
        versions as (
            {% if keys -%}
                select
                    candidates._file_id,
                    candidates._row_number,
                    first_value(candidates._file_id) over same_key as winner_file_id,
                    first_value(candidates._row_number) over same_key as winner_row_number,
                    row_number() over same_key as place,
                from candidates
                anti join exact_losers
                    on candidates._file_id = exact_losers._file_id
                    and candidates._row_number = exact_losers._row_number
                where {% for key in keys %}{{ key }} is not null{{ " and " if not loop.last }}{% endfor %}
                window
                    same_key as (
                        partition by {{ keys | join(", ") }}
                        order by
                            {% for order in orders -%}
                                {{ order }}{{ " nulls last" if "nulls " not in order | lower }},
                            {% endfor -%}
                            _row_fingerprint, candidates._file_id, candidates._row_number
                    )
            {%- else -%}
                select _file_id, _row_number, winner_file_id, winner_row_number, place from copies where false
            {%- endif %}
        ),

        key_losers as (
            select _file_id, _row_number, 'key' as rule, winner_file_id, winner_row_number
            from versions
            where place > 1
        ),

        losers as (
            select * from exact_losers
            union all
            select * from key_losers
        ),

        -- Who is left at the end of each chain: a copy's first may itself have lost to a newer version.
        beaten as (
            select
                coalesce(key_losers.winner_file_id, losers.winner_file_id) as _file_id,
                coalesce(key_losers.winner_row_number, losers.winner_row_number) as _row_number,
                {{ ordered_text_list(
                    "losers._file_id || ':' || losers._row_number || ':' || losers.rule || ':' || losers.winner_file_id || ':' || losers.winner_row_number",
                    "losers._file_id, losers._row_number",
                ) }} as _duplicates,
            from losers
            left join key_losers
                on losers.winner_file_id = key_losers._file_id
                and losers.winner_row_number = key_losers._row_number
            group by 1, 2
        ),

        deduplicated as (
            select
                {{ all_columns_except("candidates", ["_row_fingerprint", "_is_rejected", "_problems", "_formatting", "_superseded_by_file_id"]) }},
                beaten._duplicates,
            from candidates
            anti join losers
                on candidates._file_id = losers._file_id
                and candidates._row_number = losers._row_number
            left join beaten
                on candidates._file_id = beaten._file_id
                and candidates._row_number = beaten._row_number
        )

    select *
    from deduplicated
{%- endmacro %}
