{% macro rows_in_place(rows, rules) -%}
    {#- The rows that are not alone, each with its place among the rows of its key, and whether it equals the one that is
        kept of them. -#}
    {{ contenders(rows, rules) }},

    in_place as (
        select
            *,
            row_number() over same_key as _place,
            first_value(_file_id) over same_key as _kept_file_id,
            first_value(_row_number) over same_key as _kept_row_number,
            {% for _ in rules.orders -%}
                first_value(_order_{{ loop.index }}) over same_key as _kept_order_{{ loop.index }},
            {% endfor -%}
            {{ "_content is not distinct from first_value(_content) over same_key" if rules["keys"] else "true" }} as _is_equal,
            {% for best in rules.best_of if best.orders -%}
                row_number() over ({{ place_in_key(rules, orders_in_contenders(best.orders, "_order_of_" ~ best.column)) }})
                as {{ quoted("_place_of_" ~ best.column) }},
            {% endfor -%}
        from contenders
        window same_key as ({{ place_in_key(rules) }})
    )
{%- endmacro %}

{% macro place_in_key(rules, first_orders="") -%}
    {%- if rules["keys"] -%}
        partition by {{ numbered("_key", rules["keys"]) }} _lone_content
        order by {{ first_orders }} {{ orders_in_contenders(rules.orders, "_order") }} _content,
    {%- else -%} partition by _content order by
    {%- endif %} {{ rest_of_content(rules) }} _file_id, _row_number
{%- endmacro %}

{% macro orders_in_contenders(orders, name) -%}
    {%- for order in orders -%} {{ quoted(name ~ "_" ~ loop.index) }}{{ order.direction }}, {% endfor -%}
{%- endmacro %}

{% macro rest_of_content(rules) -%}
    {#- What decides between rows that are equal in the named columns only, so that their arrival does not. -#}
    {{ return("_whole," if rules.whole else "") }}
{%- endmacro %}

{% macro numbered(name, items) -%}
    {%- for _ in items -%} {{ name }}_{{ loop.index }}, {% endfor -%}
{%- endmacro %}
