{% test unique_combination(model, columns) %}
    {#- Finds combinations of these columns that stand in more than one row. -#}
    with
        repeated as (
            select {{ columns | join(", ") }}, count(*) as n_rows,
            from {{ model }}
            group by {{ columns | join(", ") }}
            having count(*) > 1
        )

    select *
    from repeated
{% endtest %}
