{% test joins_once(model) %}
    {#- Finds the keys of a join report whose left rows a left join would leave without a partner, or multiply. Which
        of them count is said with dbt's own `where`, `warn_if` and `error_if`. -#}
    select *
    from {{ model }}
    where _merge = 'left_only' or (_merge = 'both' and rows_right > 1)
{% endtest %}
