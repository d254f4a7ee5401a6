{% macro merge_similar(relation, linked) -%}
    {%- set own_names = ["_duplicates", "_linked_file_id", "_linked_row_number", "entity_id", "_winning_file_id", "_winning_row_number"] -%}
    {{ batched_by_entity(relation, linked) }}
    with
        losers as (select * from {{ linked }} where stage is not null),

        beaten as (
            select
                winner_file_id as _winning_file_id,
                winner_row_number as _winning_row_number,
                {{ sorted_text_list(loser_code()) }} as _duplicates,
            from losers
            group by winner_file_id, winner_row_number
        ),

        winners as (
            select _file_id as _linked_file_id, _row_number as _linked_row_number, entity_id,
            from {{ linked }}
            where stage is null
        ),

        merged as (
            select {{ all_columns_except(own_names) }}, winners.entity_id, beaten._duplicates,
            from {{ relation }} as candidates
            inner join winners
                on candidates._file_id = winners._linked_file_id
                and candidates._row_number = winners._linked_row_number
            left join beaten
                on candidates._file_id = beaten._winning_file_id
                and candidates._row_number = beaten._winning_row_number
        )

    select *
    from merged
    {{ end_of_batched() }}
{%- endmacro %}
