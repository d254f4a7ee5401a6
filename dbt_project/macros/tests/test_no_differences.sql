{% test no_differences(model) %}
    {#- Finds the rows of a comparison in which the sides differ. How many are too many, and of which kind, is said with
        dbt's own `where`, `warn_if` and `error_if`. -#}
    select *
    from {{ model }}
    where is_changed or _merge <> 'both'
{% endtest %}
