{% macro compare(left, right, key, columns) -%}
    {%- set keys = [key] if key is string else key -%}
    with
        -- One row per key and side: where a key stands in several rows, the least of them by the compared values.
        {% for side, relation in {"left": left, "right": right}.items() -%}
            {{ side }}_rows as (
                select
                    {{ keys | join(", ") }},
                    count(*) as _rows,
                    min({{ as_struct(columns) }}) as _compared,
                from {{ relation }}
                group by {{ keys | join(", ") }}
            ),

        {% endfor -%}
        matched as (
            select
                {% for name in keys -%}
                    coalesce(left_rows.{{ name }}, right_rows.{{ name }}) as {{ name }},
                {% endfor -%}
                case
                    when right_rows._rows is null then 'left_only'
                    when left_rows._rows is null then 'right_only'
                    else 'both'
                end as _merge,
                coalesce(left_rows._rows, 0) as _rows_left,
                coalesce(right_rows._rows, 0) as _rows_right,
                {% for name in columns -%}
                    left_rows._compared.{{ name }} as {{ name }}__left,
                    right_rows._compared.{{ name }} as {{ name }}__right,
                {% endfor %}
            from left_rows
            full outer join right_rows
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
                _rows_left,
                _rows_right,
                {% for name in columns -%} {{ name }}__left, {{ name }}__right, {% endfor %}
            from listed
        )

    select *
    from compared
{%- endmacro %}
