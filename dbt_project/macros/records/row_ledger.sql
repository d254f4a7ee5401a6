{% macro row_ledger(accounted) -%}
    {{ batched_by_fate(accounted) }}
    with
        {% for each in accounted -%} {{ fates_of_source(each) }}, {% endfor -%}
        ledger as (
            {% for each in accounted -%}
                select * from {{ prefix_of(each) }}_fates
                {{ "union all" if not loop.last }}
            {% else -%}
                -- No source is accounted for.
                {{ no_rows(["source", "fate", "stage", "rule"], ["file_id", "row_number", "winner_file_id", "winner_row_number"]) }}
            {% endfor %}
        )

    select *
    from ledger
    {{ end_of_batched() }}
{%- endmacro %}

{% macro models_in_turn(deduplicated) -%}
    {#- One model, or a list where rows that won in one compete again in the next. dbt's relations are mappings. -#}
    {{ return([deduplicated] if deduplicated is mapping or deduplicated is string else deduplicated) }}
{%- endmacro %}
