{% macro columns_of_comparison(relation) -%}
    {#- One row per column that differs anywhere in what `compare` gave; the example is the least pair of values. -#}
    select
        column_name,
        count(*) filter (where kind <> 'within_tolerance') as mismatches,
        count(*) filter (where kind = 'different') as different,
        count(*) filter (where kind = 'null_left') as null_left,
        count(*) filter (where kind = 'null_right') as null_right,
        count(*) filter (where kind = 'within_tolerance') as within_tolerance,
        -- Not among them: what is infinitely far apart, or no number.
        max(difference) filter (where isfinite(difference)) as max_difference,
        (min({{ as_struct(["left_value", "right_value"]) }}) filter (where kind <> 'within_tolerance')).left_value as example_left,
        (min({{ as_struct(["left_value", "right_value"]) }}) filter (where kind <> 'within_tolerance')).right_value as example_right,
    from
        (
            select
                {% for field in ["column_name", "kind", "left_value", "right_value", "difference"] -%}
                    difference.{{ field }} as {{ field }},
                {% endfor -%}
            from (select {{ list_rows("_differences") }} as difference from {{ relation }}) as _listed
        ) as _differing
    group by column_name
{%- endmacro %}
