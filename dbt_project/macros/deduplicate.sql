{% macro deduplicate(relation, partition_by=none, order_by=none, columns=none, best_of=none, merge_null_keys=false, is_staged=true) -%}
    {%- set rules = rules_of_deduplication(partition_by, order_by, columns, best_of, merge_null_keys, is_staged) -%}
    {%- set rows = rows_to_deduplicate(relation, is_staged) -%}
    {%- do check_table_of_deduplication(relation, rules, is_staged) -%}
    {{ batched_by_group(relation, rules) }}
    with
        {{ rows_in_place(rows, rules) }},

        {{ losers_of_places(rules) }},

        {{ outcomes(rules) }},

        {{ deduplicated_rows(rows, rules, is_staged) }}

    select *
    from deduplicated
    {{ end_of_batched() }}
{%- endmacro %}
