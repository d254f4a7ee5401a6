{% macro compare(left, right, key, columns) -%}
    {%- set keys = [key] if key is string else key -%}
    with
        left_rows as (select * from {{ left }}),

        right_rows as (select * from {{ right }}),

        matched as (
            select
                {% for name in keys -%}
                    coalesce(left_rows.{{ name }}, right_rows.{{ name }}) as {{ name }},
                {% endfor -%}
                case
                    when right_rows._is_there is null then 'left_only'
                    when left_rows._is_there is null then 'right_only'
                    else 'both'
                end as _merge,
                {% for name in columns -%}
                    left_rows.{{ name }} as {{ name }}__left,
                    right_rows.{{ name }} as {{ name }}__right,
                {% endfor %}
            from (select *, true as _is_there from left_rows) as left_rows
            full outer join (select *, true as _is_there from right_rows) as right_rows
                on {% for name in keys %}left_rows.{{ name }} = right_rows.{{ name }}{{ " and " if not loop.last }}{% endfor %}
        ),

        listed as (
            select
                *,
                case
                    when _merge = 'both'
                    then nullif(
                        rtrim(
                            {% for name in columns -%}
                                case when {{ name }}__left is distinct from {{ name }}__right then '{{ name }},' else '' end
                                {{ "||" if not loop.last }}
                            {% endfor %}, ','
                        ),
                        ''
                    )
                end as changed_columns,
            from matched
        ),

        compared as (
            select
                {% for name in keys -%} {{ name }}, {% endfor -%}
                _merge,
                changed_columns is not null as is_changed,
                changed_columns,
                {% for name in columns -%} {{ name }}__left, {{ name }}__right, {% endfor %}
            from listed
        )

    select *
    from compared
{%- endmacro %}
