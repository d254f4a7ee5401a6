{#- 03/04/2026 is two dates and 1.234 two numbers. Which of both is meant, the other values of the same file say: one file is
    written by one program, and so the result never depends on what else has arrived. Where they do not say it, the build
    ends and shows what it has seen. -#}

{% macro undecided_columns(columns) -%}
    {%- set found = {} -%}
    {%- for name, rules in columns.items() -%}
        {%- if is_number(rules) and mark_of(name, rules) == "evidence" or is_moment(rules) and needs_date_evidence(rules) -%}
            {%- do found.update({name: rules}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro evidence_ctes(undecided) -%}
    {#- From `raw_rows` to `evidence`: one row per file with what each undecided column is to be read as. -#}
    evidence_texts as (
        select
            {% for name, rules in undecided.items() -%}
                case when {{ is_text(raw_column(name, rules)) }} then {{ raw_text(name, rules) }} end
                as {{ adapter.quote(name ~ "__raw") }},
            {% endfor -%}
            raw_rows._file_id,
            raw_rows._superseded_by_file_id,
        from raw_rows
    ),

    {{ level_ctes(undecided, "evidence_texts", ["tidied", "present", "mapped"], "evidence") }}

    evidence_bare as (
        select
            *,
            {% for name, rules in undecided.items() -%}
                {%- set text = at_level(name, rules, "mapped") -%}
                {{ bare_number(text, rules) if is_number(rules) else text }} as {{ adapter.quote(name ~ "__text") }},
            {% endfor %}
        from evidence_values
    ),

    evidence_readings as (
        select
            *,
            {% for name, rules in undecided.items() -%}
                {%- set text = adapter.quote(name ~ "__text") -%}
                {{ number_reading(text, rules) if is_number(rules) else date_reading(text, rules) }} as {{ adapter.quote(name ~ "__reads") }},
            {% endfor %}
        from evidence_bare
    ),

    evidence_counts as (
        select
            _file_id,
            -- A file that was replaced is read as before, but its ambiguity no longer ends the build: that was the remedy.
            bool_or(_superseded_by_file_id is null) as is_live,
            {% for name, rules in undecided.items() -%}
                {%- for reading in readings_of(rules) + ["both"] -%}
                    {%- set is_read = "filter (where " ~ adapter.quote(name ~ "__reads") ~ " = '" ~ reading ~ "')" -%}
                    count(*) {{ is_read }} as {{ adapter.quote(name ~ "__n_" ~ reading) }},
                    min({{ at_level(name, rules, "mapped") }}) {{ is_read }} as {{ adapter.quote(name ~ "__such_" ~ reading) }},
                {% endfor -%}
            {%- endfor %}
        from evidence_readings
        group by _file_id
    ),

    evidence as (
        select
            _file_id,
            {% for name, rules in undecided.items() -%}
                {{ settled_reading(name, rules) }} as {{ adapter.quote(name ~ "__reading") }},
            {% endfor %}
        from evidence_counts
    ),
{%- endmacro %}

{% macro readings_of(rules) -%} {{ return([".", ","] if is_number(rules) else ["day", "month"]) }} {%- endmacro %}

{% macro number_reading(text, rules) -%}
    case
        when {{ text }} not like '%.%' and {{ text }} not like '%,%'
        then null
        when {{ matches(text, two_readings(rules)) }}
        then 'both'
        when {{ matches(text, number_shape(".", rules)) }}
        then '.'
        when {{ matches(text, number_shape(",", rules)) }}
        then ','
    end
{%- endmacro %}

{% macro date_reading(text, rules) -%}
    {#- 05/05/2026 is the same date both ways, and 31/02/2026 none in either. -#}
    {%- set one = "cast(regexp_extract(" ~ text ~ ", '^([0-9]+)', 1) as integer)" -%}
    {%- set other = "cast(regexp_extract(" ~ text ~ ", '^[0-9]+.([0-9]+)', 1) as integer)" -%}
    {%- set shapes = "(?:" ~ shape_of("uk") ~ "|" ~ shape_of("uk_dash") ~ ")(?:" ~ time_shape(rules) ~ ")?" -%}
    {%- set day = "replace(regexp_extract(" ~ text ~ ", '^[0-9]+.[0-9]+.[0-9]+'), '-', '/')" -%}
    case
        when not {{ matches(text, shapes) }}
        then null
        when {{ one }} between 13 and 31 and {{ other }} between 1 and 12
        then case when {{ one }} < 29 or {{ try_parse_timestamp(day, "%d/%m/%Y") }} is not null then 'day' end
        when {{ one }} between 1 and 12 and {{ other }} between 13 and 31
        then case when {{ other }} < 29 or {{ try_parse_timestamp(day, "%m/%d/%Y") }} is not null then 'month' end
        when {{ one }} between 1 and 12 and {{ other }} between 1 and 12 and {{ one }} <> {{ other }}
        then 'both'
    end
{%- endmacro %}

{% macro settled_reading(name, rules) -%}
    {%- set one, other = readings_of(rules) -%}
    {%- set n_one, n_other = adapter.quote(name ~ "__n_" ~ one), adapter.quote(name ~ "__n_" ~ other) -%}
    {%- set n_both = adapter.quote(name ~ "__n_both") -%}
    case
        when {{ n_both }} = 0 and {{ n_one }} > 0 and {{ n_other }} > 0
        then null
        when {{ n_one }} > 0 and {{ n_other }} = 0
        then '{{ one }}'
        when {{ n_other }} > 0 and {{ n_one }} = 0
        then '{{ other }}'
        when {{ n_both }} > 0 and is_live
        then {{ raise_error(ambiguity(name, rules)) }}
    end
{%- endmacro %}

{% macro ambiguity(name, rules) -%}
    {#- The message, as SQL: how many values can be read in which way, one of each, and the declaration that settles it. -#}
    {%- set one, other = readings_of(rules) -%}
    {%- set said = {
        ".": "with a decimal point only", ",": "with a decimal comma only", "day": "with the day first only",
        "month": "with the month first only"
    } -%}
    {%- set both, remedy = "both with a decimal point and with a decimal comma", "''decimal_mark'': ''.'' or '',''" -%}
    {%- if is_moment(rules) -%}
        {%- set both = "both with the day and with the month first" -%}
        {%- set remedy = "''formats'': [''uk''] (day first), [''us''] (month first; [''uk_dash''], [''us_dash''] where they are"
            ~ " written with -)" -%}
    {%- endif -%}
    {%- set counts = [] -%}
    {%- for reading in (one, other) -%}
        {%- set such = adapter.quote(name ~ "__such_" ~ reading) -%}
        {%- set example = "coalesce(' (such as ''' || " ~ such ~ " || ''')', '')" -%}
        {%- do counts.append(adapter.quote(name ~ "__n_" ~ reading) ~ " || ' " ~ said[reading] ~ "' || " ~ example) -%}
    {%- endfor -%}
    {%- set n_both = adapter.quote(name ~ "__n_both") -%}
    {{ return(
        sql_literal(place_of(name)) ~ " || " ~ n_both ~ " || case when " ~ n_both ~ " = 1 then ' value' else ' values' end"
        ~ " || ' of file ' || _file_id || ' can be read " ~ both
        ~ " (such as ''' || " ~ adapter.quote(name ~ "__such_both") ~ " || '''), ' || " ~ counts[0] ~ " || ', ' || " ~ counts[1]
        ~ " || '; declare which is meant, by " ~ remedy ~ "'"
    ) }}
{%- endmacro %}
