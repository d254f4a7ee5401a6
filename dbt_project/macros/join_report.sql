{% macro join_report(left, right, key) -%}
    {#- The keys that do not meet exactly one row on either side. -#}
    with
        {{ keys_of_join(left, right, key) }},

        join_report as (select * from keys_of_join where _merge <> 'both' or rows_left > 1 or rows_right > 1)

    select *
    from join_report
{%- endmacro %}
