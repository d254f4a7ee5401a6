{% macro fates_of_source(each) -%}
    {#- What has become of each row of a source, read from what its models say of the rows that they beat. -#}
    {%- set prefix, models = prefix_of(each), models_in_turn(each.deduplicated) -%}
    {#- What has no key in one model may have one in the next. -#}
    {%- set lacks_key = "kept._has_null_key" if models | length == 1 else "kept._file_id = keyless._file_id" -%}
    {{ losers_of_models(prefix, models) }},

    {% if models | length > 1 -%} {{ keyless_of_models(prefix, models) }}, {%- endif %}

    {{ prefix }}_fates as (
        select
            '{{ each.source }}' as source,
            cleaned._file_id as file_id,
            cleaned._row_number as row_number,
            {{ fate_of_row() }} as fate,
            {{ by_what("'load'", "'clean'", lacks_key, "'key'", "losers.stage") }} as stage,
            {{ by_what("'newer_file'", "cleaned._problems", lacks_key, "'null_key'", "losers.rule") }} as rule,
            coalesce(cleaned._superseded_by_file_id, losers.winner_file_id) as winner_file_id,
            losers.winner_row_number,
        from {{ each.cleaned }} as cleaned
        {{ joined_by_place(prefix ~ "_losers", "losers", "file_id", "row_number") }}
        {{ joined_by_place(models[-1], "kept") }}
        {{ joined_by_place(prefix ~ "_keyless", "keyless") if models | length > 1 }}
    )
{%- endmacro %}

{% macro losers_of_models(prefix, models) -%}
    {{ prefix }}_beaten as (
        {% for model in models -%}
            select {{ split_rows("_duplicates") }} as code from {{ model }} where _duplicates is not null
            {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    {{ prefix }}_losers as (
        select {{ fields_of_losers("code") }}
        from {{ prefix }}_beaten
    )
{%- endmacro %}

{% macro keyless_of_models(prefix, models) -%}
    {{ prefix }}_keyless as (
        {% for model in models -%}
            select _file_id, _row_number from {{ model }} where _has_null_key
            {{ "union" if not loop.last }}
        {% endfor %}
    )
{%- endmacro %}

{% macro fate_of_row() -%}
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
    end
{%- endmacro %}

{% macro by_what(superseded, rejected, lacks_key, keyless, lost) -%}
    case
        when cleaned._superseded_by_file_id is not null
        then {{ superseded }}
        when cleaned._is_rejected
        then {{ rejected }}
        when {{ lacks_key }}
        then {{ keyless }}
        else {{ lost }}
    end
{%- endmacro %}

{% macro joined_by_place(relation, name, file_id="_file_id", row_number="_row_number") -%}
    left join {{ relation }} as {{ name }}
        on cleaned._file_id = {{ name }}.{{ file_id }}
        and cleaned._row_number = {{ name }}.{{ row_number }}
{%- endmacro %}
