{% macro rejected_rows(accounted) -%}
    {{ batched_by_rejection(accounted) }}
    with
        rejected_records as (select * from {{ source("records", "rejected_records") }}),

        {% for each in accounted -%}
            {%- set prefix = prefix_of(each) -%}
            {{ prefix }}_codes as (
                select _file_id, _row_number, {{ split_rows("_problems") }} as code
                from {{ each.cleaned }}
                where _problems is not null
            ),

            {{ prefix }}_cells as ({{ cell_codes(each, prefix ~ "_codes") }}),

        {% endfor -%}
        rejected_values as (
            {% for each in accounted -%}
                select *, '{{ each.source }}' as source from {{ prefix_of(each) }}_cells {{ "union all" if not loop.last }}
            {% else -%}
                -- No source is accounted for.
                {{ no_rows(["source", "column_name", "rule", "expected", "raw_value"], ["_file_id", "_row_number"]) }}
            {% endfor %}
        ),

        loading_runs as ({{ loading_runs() }}),

        all_rejected as (
            {{ records_as_rejected() }}
            union all
            {{ values_as_rejected() }}
        )

    select *
    from all_rejected
    {{ end_of_batched() }}
{%- endmacro %}

{% macro records_as_rejected() -%}
    {#- What could not be loaded, as Python recorded it. -#}
    select
        run_id,
        file_id,
        source,
        row_number,
        line,
        byte_offset,
        raw_text,
        raw_bytes,
        stage,
        error_code,
        column_name,
        cast(null as {{ dbt.type_string() }}) as rule,
        bad_value,
        expected,
        message,
        replay_status,
        replay_run_id,
        replay_load_id,
    from rejected_records
{%- endmacro %}

{% macro values_as_rejected() -%}
    {#- What was loaded and did not become its type, or breaks a rule. -#}
    select
        loading_runs.run_id,
        _file_id as file_id,
        source,
        _row_number as row_number,
        cast(null as bigint) as line,
        cast(null as bigint) as byte_offset,
        cast(null as {{ dbt.type_string() }}) as raw_text,
        cast(null as {{ type_bytes() }}) as raw_bytes,
        'clean' as stage,
        case when rule in ('range', 'accepted', 'required') then 'constraint-error' else 'type-error' end as error_code,
        column_name,
        rule,
        raw_value as bad_value,
        expected,
        column_name || ': ' || coalesce('''' || raw_value || '''', 'nothing') || ' is not ' || expected as message,
        cast(null as {{ dbt.type_string() }}) as replay_status,
        cast(null as {{ dbt.type_string() }}) as replay_run_id,
        cast(null as {{ dbt.type_bigint() }}) as replay_load_id,
    from rejected_values
    left join loading_runs on rejected_values._file_id = loading_runs.file_id
{%- endmacro %}
