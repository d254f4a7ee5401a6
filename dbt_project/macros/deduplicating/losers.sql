{% macro losers(relation, partition_by=none, order_by=none, columns=none, merge_null_keys=false, is_staged=true) -%}
    {#- Who lost to whom, without the rows themselves; what `deduplicate` leaves out. -#}
    {%- set rules = rules_of_deduplication(partition_by, order_by, columns, none, merge_null_keys, is_staged) -%}
    {%- do check_table_of_deduplication(relation, rules, is_staged) -%}
    with
        {{ rows_in_place(rows_to_deduplicate(relation, is_staged), rules) }},

        {{ losers_of_places(rules) }}

    select *
    from losers
{%- endmacro %}

{% macro losers_of_places(rules) -%}
    {#- A copy lost to the first of its kind, which may itself have lost to another row of the key: `kept_…` is the end
        of that chain. -#}
    {{ lost_places(rules) }},

    losers as (
        select
            _file_id,
            _row_number,
            case when _is_copy then 'exact' else 'key' end as stage,
            {{ rule_of_loss(rules) }} as rule,
            case when _is_copy then _first_file_id else _kept_file_id end as winner_file_id,
            case when _is_copy then _first_row_number else _kept_row_number end as winner_row_number,
            _kept_file_id as kept_file_id,
            _kept_row_number as kept_row_number,
        from lost_places
    )
{%- endmacro %}

{% macro lost_places(rules) -%}
    lost_places as (
        select
            *,
            _is_equal or row_number() over same_content > 1 as _is_copy,
            case when _is_equal then _kept_file_id else first_value(_file_id) over same_content end as _first_file_id,
            case
                when _is_equal then _kept_row_number else first_value(_row_number) over same_content
            end as _first_row_number,
        from in_place
        where _place > 1
        window
            same_content as (
                partition by {{ numbered("_key", rules["keys"]) }} _content
                order by
                    {{ orders_in_contenders(rules.orders, "_order") }} {{ rest_of_content(rules) }} _file_id, _row_number
            )
    )
{%- endmacro %}

{% macro rule_of_loss(rules) -%}
    {#- The first order in which the two rows differ. -#}
    case
        when _is_copy
        then 'equal_rows'
        {% for order in rules.orders -%}
            when _order_{{ loop.index }} is distinct from _kept_order_{{ loop.index }}
            then {{ sql_literal(order.rule) }}
        {% endfor -%}
        else 'content'
    end
{%- endmacro %}

{% macro loser_code() -%}
    {#- `file:row:stage:rule:winner's file:winner's row`; `fields_of_losers` reads it. -#}
    {%- set rule = "replace(replace(replace(rule, '%', '%25'), ':', '%3A'), ',', '%2C')" -%}
    concat_ws(':', _file_id, _row_number, stage, {{ rule }}, winner_file_id, winner_row_number)
{%- endmacro %}

{% macro fields_of_losers(code) -%}
    cast(split_part({{ code }}, ':', 1) as bigint) as file_id,
    cast(split_part({{ code }}, ':', 2) as bigint) as row_number,
    split_part({{ code }}, ':', 3) as stage,
    {{ decoded("split_part(" ~ code ~ ", ':', 4)") }} as rule,
    cast(split_part({{ code }}, ':', 5) as bigint) as winner_file_id,
    cast(split_part({{ code }}, ':', 6) as bigint) as winner_row_number,
{%- endmacro %}
