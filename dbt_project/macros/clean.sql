{% macro clean(relation, columns) -%}
    {%- do check_cleaning_rules(columns) -%}
    {{ batched_by_file([relation]) }}
    with
        {{ value_ctes(relation, columns) }}

        judged_values as (select *, {{ is_all_plain(columns) }} as _is_plain from typed_values),

        problems as (
            select
                *,
                {{ problem_codes(columns) }} as _problem_codes,
                {{ formatting_codes(columns) }} as _formatting_codes,
                {{ row_is_rejected(columns) }} as _is_rejected,
            from judged_values
        ),

        cleaned as (
            select
                {% for name, rules in columns.items() -%}
                    {{ accepted_value(name, rules) }} as {{ quoted(name) }},
                {% endfor -%}
                _file_id,
                _row_number,
                _loaded_at,
                _superseded_by_file_id,
                _row_fingerprint,
                _is_rejected,
                {{ without_last_comma("_problem_codes") }} as _problems,
                {{ without_last_comma("_formatting_codes") }} as _formatting,
            from problems
        )

    select *
    from cleaned
    {{ end_of_batched() }}
{%- endmacro %}

{% macro value_ctes(relation, columns) -%}
    {#- From the raw rows to `typed_values`, which have every level of every value. -#}
    {%- set undecided, names = undecided_columns(columns), names_of_content(relation) -%}
    -- Bound once, and not for each column. Nothing of it is read: what is asked of it are the types.
    raw_types as (select * from {{ relation }} limit 0),

    raw_rows {{ read_again() if undecided else "as" }} (select *, {{ raw_content(names) }} as _raw_content from {{ relation }}),

    {% if undecided -%} {{ evidence_ctes(undecided) }} {%- endif %}

    -- What stood in the file, as text. The fingerprint is of the row as it stood: cleaning may make different rows alike.
    raw_texts as (
        select
            {% for name, rules in columns.items() -%}
                {{ raw_text(name, rules) }} as {{ quoted(name ~ "__raw") }},
                {{ has_broken_json(name, rules) ~ " as " ~ quoted(name ~ "__broken") ~ "," if "path" in rules }}
            {% endfor -%}
            {% for name in undecided -%} evidence.{{ quoted(name ~ "__reading") }}, {% endfor -%}
            raw_rows._file_id,
            raw_rows._row_number,
            raw_rows._loaded_at,
            raw_rows._superseded_by_file_id,
            {{ row_fingerprint("raw_rows._raw_content", "raw_rows._raw_key", names) }} as _row_fingerprint,
        from (select *, {{ sort_key("_raw_content") }} as _raw_key from raw_rows) as raw_rows
        {% if undecided -%} left join evidence on raw_rows._file_id = evidence._file_id {%- endif %}
    ),

    {{ level_ctes(columns, "raw_texts", level_order()[1:], "typed") }}
{%- endmacro %}

{% macro level_ctes(columns, texts, levels, name) -%}
    {#- Which texts are plain, then one CTE a level; the last one is `<name>_values`. -#}
    {{ name }}_plain as (
        select
            *,
            {% for column, rules in columns.items() if plain_condition(column, rules) -%}
                {{ plain_condition(column, rules) }} as {{ quoted(column ~ "__plain") }},
            {% endfor %}
        from {{ texts }}
    ),

    {% set before = namespace(name=name ~ "_plain") -%}
    {%- for level in levels -%}
        {%- set changed = at_this_level(columns, level) -%}
        {%- if changed | trim -%}
            {{ name }}_{{ level }} as (select *, {{ changed }} from {{ before.name }}),

            {% set before.name = name ~ "_" ~ level -%}
        {%- endif -%}
    {%- endfor -%}
    {{ name }}_values as (select * from {{ before.name }}),
{%- endmacro %}
