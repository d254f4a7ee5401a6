{% macro pairs_to_review(linked, relation, columns) -%}
    {%- set columns = [columns] if columns is string else columns -%}
    {%- for column in columns if column | lower in ("record_id", "entity_id", "file_id", "row_number") -%}
        {%- do refuse(
            "pairs_to_review: '" ~ column ~ "' would be a second column 'left_" ~ column | lower
            ~ "'; leave it out, or give it another name before it is linked"
        ) -%}
    {%- endfor -%}
    with
        all_pairs as (select record_id as left_id, {{ list_rows("pairs") }} as pair, from {{ linked }}),

        in_review as (select * from all_pairs where pair.reason is not null),

        lefts as ({{ _linked_values(linked, relation, columns, "left") }}),

        rights as ({{ _linked_values(linked, relation, columns, "right") }}),

        pairs_to_review as (
            select
                in_review.pair.match_probability,
                in_review.pair.reason,
                in_review.pair.rule,
                lefts.left_record_id,
                rights.right_record_id,
                lefts.left_entity_id,
                rights.right_entity_id,
                {% for column in columns -%}
                    lefts.{{ quoted("left_" ~ column) }}, rights.{{ quoted("right_" ~ column) }},
                {% endfor -%}
                lefts.left_file_id,
                lefts.left_row_number,
                rights.right_file_id,
                rights.right_row_number,
            from in_review
            inner join lefts on in_review.left_id = lefts.left_record_id
            inner join rights on in_review.pair.record_id = rights.right_record_id
        )

    select *
    from pairs_to_review
{%- endmacro %}

{% macro _linked_values(linked, relation, columns, side) -%}
    select
        linked.record_id as {{ side }}_record_id,
        linked.entity_id as {{ side }}_entity_id,
        linked._file_id as {{ side }}_file_id,
        linked._row_number as {{ side }}_row_number,
        {% for column in columns -%}
            candidates.{{ quoted(column) }} as {{ quoted(side ~ "_" ~ column) }},
        {% endfor %}
    from {{ linked }} as linked
    inner join {{ relation }} as candidates
        on linked._file_id = candidates._file_id
        and linked._row_number = candidates._row_number
{%- endmacro %}
