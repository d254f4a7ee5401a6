{#- 03/04/2026 is two dates and 1.234 two numbers. Which of both is meant, the other values of the same file say: one
    file is written by one program, and so the result never depends on what else has arrived. Where they do not say it,
    the build ends and shows what it has seen. -#}

{% macro evidence_ctes(undecided) -%}
    {#- From `raw_rows` to `evidence`: one row per file with what each undecided column is to be read as. -#}
    evidence_texts as (
        select
            {% for name, rules in undecided.items() -%}
                case when {{ is_text(raw_column(name, rules)) }} then {{ raw_text(name, rules) }} end
                as {{ quoted(name ~ "__raw") }},
            {% endfor -%}
            raw_rows._file_id,
            raw_rows._superseded_by_file_id,
        from raw_rows
    ),

    {{ level_ctes(undecided, "evidence_texts", ["tidied", "present", "mapped"], "evidence") }}

    {{ evidence_of_values(undecided) }}

    {{ evidence_counted(undecided) }}

    evidence as (
        select
            _file_id,
            {% for name, rules in undecided.items() -%}
                {{ settled_reading(name, rules) }} as {{ quoted(name ~ "__reading") }},
            {% endfor %}
        from evidence_counts
    ),
{%- endmacro %}

{% macro evidence_of_values(undecided) -%}
    {#- What each text says of how it is written: its sign, mark and unit say nothing. -#}
    evidence_bare as (
        select
            *,
            {% for name, rules in undecided.items() -%}
                {%- set text = at_level(name, rules, "mapped") -%}
                {{ bare_number(text, rules) if is_number(rules) else text }} as {{ quoted(name ~ "__text") }},
            {% endfor %}
        from evidence_values
    ),

    evidence_readings as (
        select
            *,
            {% for name, rules in undecided.items() -%}
                {%- set text = quoted(name ~ "__text") -%}
                {{ number_reading(text, rules) if is_number(rules) else date_reading(text, rules) }}
                as {{ quoted(name ~ "__reads") }},
            {% endfor %}
        from evidence_bare
    ),
{%- endmacro %}

{% macro evidence_counted(undecided) -%}
    {#- How many values of a file say what, and which of them can be shown. -#}
    evidence_counts as (
        select
            _file_id,
            -- A file that was replaced is read as before, but its ambiguity no longer ends the build: that was the remedy.
            bool_or(_superseded_by_file_id is null) as is_live,
            {% for name, rules in undecided.items() -%}
                {%- for reading in readings_of(rules) + ["both"] -%}
                    {%- set is_read = "filter (where " ~ quoted(name ~ "__reads") ~ " = '" ~ reading ~ "')" -%}
                    count(*) {{ is_read }} as {{ quoted(name ~ "__n_" ~ reading) }},
                    min({{ at_level(name, rules, "mapped") }}) {{ is_read }} as {{ quoted(name ~ "__such_" ~ reading) }},
                {% endfor -%}
            {%- endfor %}
        from evidence_readings
        group by _file_id
    ),
{%- endmacro %}

{% macro undecided_columns(columns) -%}
    {%- set found = {} -%}
    {%- for name, rules in columns.items() -%}
        {%- set is_undecided_number = is_number(rules) and mark_of(name, rules) == "evidence" -%}
        {%- if is_undecided_number or (is_moment(rules) and needs_date_evidence(rules)) -%}
            {%- do found.update({name: rules}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
