{% macro row_ledger(accounted) -%}
    with
        {% for each in accounted -%}
            {%- set prefix = each.source | replace(".", "__") -%}
            {{ prefix }}_beaten as (
                select {{ split_rows("_duplicates") }} as code from {{ each.deduplicated }} where _duplicates is not null
            ),

            {{ prefix }}_losers as (
                select
                    cast(split_part(code, ':', 1) as bigint) as file_id,
                    cast(split_part(code, ':', 2) as bigint) as row_number,
                    split_part(code, ':', 3) as rule,
                    cast(split_part(code, ':', 4) as bigint) as winner_file_id,
                    cast(split_part(code, ':', 5) as bigint) as winner_row_number,
                from {{ prefix }}_beaten
            ),

            {{ prefix }}_fates as (
                select
                    '{{ each.source }}' as source,
                    cleaned._file_id as file_id,
                    cleaned._row_number as row_number,
                    case
                        when cleaned._superseded_by_file_id is not null
                        then 'superseded'
                        when cleaned._is_rejected
                        then 'rejected'
                        when losers.rule = 'exact'
                        then 'duplicate'
                        when losers.rule = 'key'
                        then 'superseded'
                        when kept._file_id is not null
                        then 'kept'
                    end as fate,
                    case
                        when cleaned._superseded_by_file_id is not null
                        then 'newer_file'
                        when cleaned._is_rejected
                        then cleaned._problems
                        else losers.rule
                    end as rule,
                    coalesce(cleaned._superseded_by_file_id, losers.winner_file_id) as winner_file_id,
                    losers.winner_row_number,
                from {{ each.cleaned }} as cleaned
                left join {{ prefix }}_losers as losers
                    on cleaned._file_id = losers.file_id
                    and cleaned._row_number = losers.row_number
                left join {{ each.deduplicated }} as kept
                    on cleaned._file_id = kept._file_id
                    and cleaned._row_number = kept._row_number
            ),

        {% endfor -%}
        ledger as (
            {% for each in accounted -%}
                select * from {{ each.source | replace(".", "__") }}_fates
                {{ "union all" if not loop.last }}
            {% else -%}
                -- No source is accounted for.
                {{ no_rows(["source", "fate", "rule"], ["file_id", "row_number", "winner_file_id", "winner_row_number"]) }}
            {% endfor %}
        )

    select *
    from ledger
{%- endmacro %}
