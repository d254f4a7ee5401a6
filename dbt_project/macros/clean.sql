{% macro clean(relation, columns) -%}
    {%- do check_cleaning_rules(columns) -%}
    {{ batched_by_file([relation]) }}
    with
        -- The fingerprint is of the row as it stood: cleaning may make different rows look alike.
        raw_rows as (select *, {{ row_fingerprint() }} as _row_fingerprint from {{ relation }}),

        -- What stood in the file, as text.
        raw_texts as (
            select
                {% for name, rules in columns.items() -%}
                    {{ raw_text(name, rules) }} as {{ adapter.quote(name ~ "__raw") }},
                {% endfor -%}
                _file_id,
                _row_number,
                _loaded_at,
                _superseded_by_file_id,
                _row_fingerprint,
            from raw_rows
        ),

        -- Without stray spaces.
        trimmed_texts as (
            select
                *,
                {% for name in columns -%}
                    {{ trimmed_text(adapter.quote(name ~ "__raw")) }} as {{ adapter.quote(name ~ "__trimmed") }},
                {% endfor %}
            from raw_texts
        ),

        -- Without the words that mean "nothing".
        present_texts as (
            select
                *,
                {% for name, rules in columns.items() -%}
                    {%- set trimmed = adapter.quote(name ~ "__trimmed") -%}
                    case when lower({{ trimmed }}) not in ({{ null_tokens(rules) }}) then {{ trimmed }} end
                    as {{ adapter.quote(name ~ "__present") }},
                {% endfor %}
            from trimmed_texts
        ),

        -- In the one form of their type.
        canonical_texts as (
            select
                *,
                {% for name, rules in columns.items() -%}
                    {{ canonical_text(adapter.quote(name ~ "__present"), rules) }} as {{ adapter.quote(name ~ "__canonical") }},
                {% endfor %}
            from present_texts
        ),

        typed_values as (
            select
                *,
                {% for name, rules in columns.items() -%}
                    {{ typed_value(adapter.quote(name ~ "__canonical"), rules) }} as {{ adapter.quote(name ~ "__value") }},
                {% endfor %}
            from canonical_texts
        ),

        problems as (
            select
                *,
                {{ problem_codes(columns) }} as _problems,
                {{ formatting_codes(columns) }} as _formatting,
                {{ row_is_rejected(columns) }} as _is_rejected,
            from typed_values
        ),

        cleaned as (
            select
                {% for name, rules in columns.items() -%}
                    {{ accepted_value(name, rules) }} as {{ adapter.quote(name) }},
                {% endfor -%}
                _file_id,
                _row_number,
                _loaded_at,
                _superseded_by_file_id,
                _row_fingerprint,
                _is_rejected,
                _problems,
                _formatting,
            from problems
        )

    select *
    from cleaned
{%- endmacro %}
