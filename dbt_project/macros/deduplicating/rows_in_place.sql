{% macro rows_to_deduplicate(relation, is_staged) -%}
    {#- Written out wherever it is read, so that each reader takes only its own columns of it: a common table that is
        read twice would be kept whole. -#}
    (
        select *
        from {{ relation }} as _given
        {{ "where not coalesce(_is_rejected, false) and _superseded_by_file_id is null" if is_staged }}
    )
{%- endmacro %}

{% macro rows_in_place(rows, rules) -%}
    {#- The rows that are not alone, each with its place among the rows of its key, and whether it equals the one that is
        kept of them.

        Whether a row is alone is found by counting one hash per row. Only the others are looked at: by their keys and
        contents themselves, so that two that share a hash by chance never meet. -#}
    {%- set rest = rest_of_content(rules) -%}
    {% if rules["keys"] -%}
        repeated_keys as (
            select {{ row_hash(rules["keys"]) }} as _tidemill_hash
            from {{ rows }} as _rows
            where not {{ has_null_key(rules) }}
            group by 1
            having count(*) > 1
        ),

    {% endif -%}
    {% if not rules.merge_null_keys -%}
        -- Of rows without a key, only those of equal content meet.
        repeated_contents as (
            select {{ row_hash(rules.content) }} as _tidemill_hash
            from {{ rows }} as _rows
            {{ "where " ~ has_null_key(rules) if rules["keys"] }}
            group by 1
            having count(*) > 1
        ),

    {% endif -%}
    contenders as (
        {% if rules["keys"] -%}
            {{ contenders_by("repeated_keys", rows, rules, "not " ~ has_null_key(rules)) }}
        {%- endif -%}
        {% if rules["keys"] and not rules.merge_null_keys %}
            union all
        {% endif -%}
        {% if not rules.merge_null_keys -%}
            {{ contenders_by("repeated_contents", rows, rules, has_null_key(rules) if rules["keys"] else "true") }}
        {%- endif %}
    ),

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
                row_number() over (
                    partition by {{ numbered("_key", rules["keys"]) }} _lone_content
                    order by {{ orders_in_contenders(best.orders, "_order_of_" ~ best.column) }}
                        {{ orders_in_contenders(rules.orders, "_order") }} _content, {{ rest }} _file_id, _row_number
                ) as {{ quoted("_place_of_" ~ best.column) }},
            {% endfor -%}
        from contenders
        window
            same_key as (
                {% if rules["keys"] -%}
                    partition by {{ numbered("_key", rules["keys"]) }} _lone_content
                    order by {{ orders_in_contenders(rules.orders, "_order") }} _content, {{ rest }} _file_id, _row_number
                {%- else -%} partition by _content order by {{ rest }} _file_id, _row_number
                {%- endif %}
            )
    )
{%- endmacro %}

{% macro contenders_by(repeated, rows, rules, condition) -%}
    {%- set content = rules.content[0] if rules.content | length == 1 else row_of(rules.content) -%}
    {%- set is_lone = repeated == "repeated_contents" -%}
    select
        _rows._file_id,
        _rows._row_number,
        {% for key in rules["keys"] -%} ({{ key }}) as _key_{{ loop.index }}, {% endfor -%}
        {% if rules["keys"] -%} {{ content if is_lone else "case when false then " ~ content ~ " end" }} as _lone_content, {% endif -%}
        {{ content }} as _content,
        {{ rules.whole ~ " as _whole," if rules.whole }}
        {% for order in rules.orders -%} ({{ order.expression }}) as _order_{{ loop.index }}, {% endfor -%}
        {% for best in rules.best_of -%}
            {{ quoted(best.column) }} as _best_{{ loop.index }},
            {% for order in best.orders -%}
                ({{ order.expression }}) as {{ quoted("_order_of_" ~ best.column ~ "_" ~ loop.index) }},
            {% endfor -%}
        {% endfor %}
    from {{ rows }} as _rows
    semi join {{ repeated }}
        on {{ row_hash(rules.content if is_lone else rules["keys"]) }} = {{ repeated }}._tidemill_hash
    where {{ condition }}
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

{% macro has_null_key(rules) -%}
    {%- if rules["keys"] and not rules.merge_null_keys -%}
        ({% for key in rules["keys"] %}({{ key }}) is null{{ " or " if not loop.last }}{% endfor %})
    {%- else -%} false
    {%- endif -%}
{%- endmacro %}
