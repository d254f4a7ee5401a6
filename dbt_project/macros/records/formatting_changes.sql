{% macro formatting_changes(accounted) -%}
    {#- The values of a table take few different lists of codes: count the lists, then split them. -#}
    {{ batched_by_run(accounted) }}
    with
        loading_runs as ({{ loading_runs() }}),

        {% for each in accounted -%} {{ counted_codes(each, prefix_of(each)) }}

        {% endfor -%}
        formatting_changes as (
            {% for each in accounted -%} {{ changes_with_examples(each, prefix_of(each)) }} {{ "union all" if not loop.last }}
            {% else -%}
                -- No source is accounted for.
                {{ no_rows(["run_id", "model", "column_name", "rule", "example_before", "example_after"], ["rule_version", "n_values"]) }}
            {% endfor %}
        )

    select
        run_id,
        model,
        column_name,
        rule,
        cast(rule_version as integer) as rule_version,
        n_values,
        example_before,
        example_after,
    from formatting_changes
    {{ end_of_batched() }}
{%- endmacro %}

{% macro counted_codes(each, prefix) -%}
    {#- From `loading_runs` to the codes of one model by run, and the cells of their examples. -#}
    {%- set first_row = "min_by(_row_number, _file_id * 1000000000000 + _row_number)" -%}
    {{ prefix }}_lists as (
        select
            loading_runs.run_id,
            _formatting,
            _problems is null as is_sound,
            count(*) as n_values,
            min(_file_id) as _file_id,
            {{ first_row }} as _row_number,
        from {{ each.cleaned }} as cleaned
        inner join loading_runs on cleaned._file_id = loading_runs.file_id
        where _formatting is not null
        group by loading_runs.run_id, _formatting, _problems is null
    ),

    {{ prefix }}_split as (
        select run_id, _file_id, _row_number, n_values, is_sound, {{ split_rows("_formatting") }} as code
        from {{ prefix }}_lists
    ),

    {{ prefix }}_counts as (
        select
            run_id,
            code,
            sum(n_values) as n_values,
            -- The example is of a row without problems, where there is one: its value is seen.
            coalesce(min(_file_id) filter (where is_sound), min(_file_id)) as _file_id,
            coalesce({{ first_row }} filter (where is_sound), {{ first_row }}) as _row_number,
        from {{ prefix }}_split
        group by run_id, code
    ),

    {{ prefix }}_cells as ({{ cell_codes(each, prefix ~ "_counts") }}),
{%- endmacro %}

{% macro changes_with_examples(each, prefix) -%}
    select
        counts.run_id,
        '{{ each.cleaned.identifier }}' as model,
        cells.column_name,
        cells.rule,
        cells.rule_version,
        cast(counts.n_values as bigint) as n_values,
        cells.raw_value as example_before,
        cells.cleaned_value as example_after,
    from {{ prefix }}_counts as counts
    inner join {{ prefix }}_cells as cells
        on counts._file_id = cells._file_id
        and counts._row_number = cells._row_number
        and split_part(counts.code, ':', 1) = cells.column_name
        and split_part(counts.code, ':', 2) = cells.rule
{%- endmacro %}
