{% macro contenders(rows, rules) -%}
    {#- The rows that are not alone: those that share their key with others and, of those without a key, those of equal
        content.

        Whether a row is alone is found by counting one hash per row. Only the others are looked at: by their keys and
        contents themselves, so that two that share a hash by chance never meet. -#}
    {%- set has_key = "not " ~ has_null_key(rules) -%}
    {%- set lacks_key = has_null_key(rules) if rules["keys"] else "true" -%}
    {%- if rules["keys"] -%} {{ repeated("repeated_keys", rows, rules["keys"], has_key) }} {%- endif %}
    {% if not rules.merge_null_keys -%}
        -- Of rows without a key, only those of equal content meet.
        {{ repeated("repeated_contents", rows, rules.content, lacks_key) }}
    {%- endif %}
    contenders as (
        {% if rules["keys"] -%}
            {{ contenders_by("repeated_keys", rows, rules, has_key) }}
            {{ "union all" if not rules.merge_null_keys }}
        {%- endif %}
        {% if not rules.merge_null_keys -%} {{ contenders_by("repeated_contents", rows, rules, lacks_key) }} {%- endif %}
    )
{%- endmacro %}

{% macro repeated(name, rows, values, condition) -%}
    {{ name }} as (
        select {{ row_hash(values) }} as _tidemill_hash
        from {{ rows }} as _rows
        {{ "where " ~ condition if condition != "true" }}
        group by 1
        having count(*) > 1
    ),
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
