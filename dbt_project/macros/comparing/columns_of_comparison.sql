{% macro columns_of_comparison(relation) -%}
    {#- One row per column that differs anywhere in what `compare` gave, or has a type on each side; the example is the
        least pair of values. -#}
    with
        types_of_columns as (
            select column_name, data_type
            from ({{ described_columns(relation) }}) as _described
        ),

        types_of_sides as (
            select
                left_types.data_type as left_type,
                right_types.data_type as right_type,
                substring(left_types.column_name, 1, length(left_types.column_name) - 6) as column_name,
            from types_of_columns as left_types
            inner join types_of_columns as right_types
                on left_types.column_name like '%\_\_left' escape '\'
                and right_types.column_name
                = substring(left_types.column_name, 1, length(left_types.column_name) - 4) || 'right'
        ),

        differing_columns as (
            {{ differing_columns(relation) }}
        )

    select
        column_name,
        coalesce(mismatches, 0) as mismatches,
        coalesce(different, 0) as different,
        coalesce(null_left, 0) as null_left,
        coalesce(null_right, 0) as null_right,
        coalesce(within_tolerance, 0) as within_tolerance,
        max_difference,
        example_left,
        example_right,
        left_type,
        right_type,
    from types_of_sides
    left join differing_columns using (column_name)
    where differing_columns.mismatches is not null or left_type <> right_type
{%- endmacro %}

{% macro differing_columns(relation) -%}
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
