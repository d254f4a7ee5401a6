{% macro row_ledger(accounted) -%}
    {{ batched_by_fate(accounted) }}
    with
        {% for each in accounted -%}
            {%- set prefix = each.source | replace(".", "__") -%}
            {%- set models = models_in_turn(each.deduplicated) -%}
            {#- What has no key in one model may have one in the next. -#}
            {%- set lacks_key = "kept._has_null_key" if models | length == 1 else "kept._file_id = keyless._file_id" -%}
            {{ prefix }}_beaten as (
                {% for model in models -%}
                    select {{ split_rows("_duplicates") }} as code from {{ model }} where _duplicates is not null
                    {{ "union all" if not loop.last }}
                {% endfor %}
            ),

            {{ prefix }}_losers as (
                select {{ fields_of_losers("code") }}
                from {{ prefix }}_beaten
            ),

            {% if models | length > 1 -%}
                {{ prefix }}_keyless as (
                    {% for model in models -%}
                        select _file_id, _row_number from {{ model }} where _has_null_key
                        {{ "union" if not loop.last }}
                    {% endfor %}
                ),

            {% endif -%}
            {{ prefix }}_fates as (
                select
                    '{{ each.source }}' as source,
                    cleaned._file_id as file_id,
                    cleaned._row_number as row_number,
                    case
                        when cleaned._superseded_by_file_id is not null
                        then 'superseded'
                        when cleaned._is_rejected
                        then 'rejected'
                        when losers.stage in ('exact', 'similar')
                        then 'duplicate'
                        when losers.stage = 'key'
                        then 'superseded'
                        when kept._file_id is not null
                        then 'kept'
                    end as fate,
                    case
                        when cleaned._superseded_by_file_id is not null
                        then 'load'
                        when cleaned._is_rejected
                        then 'clean'
                        when {{ lacks_key }}
                        then 'key'
                        else losers.stage
                    end as stage,
                    case
                        when cleaned._superseded_by_file_id is not null
                        then 'newer_file'
                        when cleaned._is_rejected
                        then cleaned._problems
                        when {{ lacks_key }}
                        then 'null_key'
                        else losers.rule
                    end as rule,
                    coalesce(cleaned._superseded_by_file_id, losers.winner_file_id) as winner_file_id,
                    losers.winner_row_number,
                from {{ each.cleaned }} as cleaned
                left join {{ prefix }}_losers as losers
                    on cleaned._file_id = losers.file_id
                    and cleaned._row_number = losers.row_number
                left join {{ models[-1] }} as kept
                    on cleaned._file_id = kept._file_id
                    and cleaned._row_number = kept._row_number
                {% if models | length > 1 -%}
                    left join {{ prefix }}_keyless as keyless
                        on cleaned._file_id = keyless._file_id
                        and cleaned._row_number = keyless._row_number
                {%- endif %}
            ),

        {% endfor -%}
        ledger as (
            {% for each in accounted -%}
                select * from {{ each.source | replace(".", "__") }}_fates
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
