{% macro judged_pairs(values, tolerance, fold, same_types) -%}
    {#- What is the matter with each column of a pair; NULL where nothing is. -#}
    pairs_in_question as (
        select * from single_pairs
        union all
        select * from repeated_pairs
    ),

    -- A level for each of what the next one asks for: written out in place, planning would take long.
    paired_values as (
        select
            *,
            {% for name in values -%}
                _merge = 'both'
                and not {{ same_value(quoted(name ~ "__left"), quoted(name ~ "__right"), [], same_types.get(name)) }} as {{ quoted(name ~ "__differs") }},
            {% endfor %}
        from pairs_in_question
    ),

    paired_numbers as (
        select
            *,
            {% for name in values -%} {{ number_of_side(name, "left", same_types) }}, {{ number_of_side(name, "right", same_types) }}, {% endfor %}
        from paired_values
    ),

    measured_pairs as (
        select
            *,
            {% for name in values -%}
                case
                    when {{ quoted(name ~ "__differs") }}
                    then {{ value_difference(name, same_types.get(name)) }}
                end as {{ quoted(name ~ "__difference") }},
            {% endfor %}
        from paired_numbers
    ),

    kinds_of_pairs as (
        select
            *,
            {% for name in values -%} {{ difference_kind(name, tolerance, fold.get(name, [])) }}, {% endfor %}
        from measured_pairs
    ),

    judged_pairs as (
        select *, {{ changed_columns(values) }} as _changed_columns, {{ difference_list(values) }} as _differences,
        from kinds_of_pairs
    )
{%- endmacro %}

{% macro number_of_side(name, side, same_types) -%}
    {#- The value of one side as the number that its difference from the other is computed of. -#}
    case
        when {{ quoted(name ~ "__differs") }}
        then {{ number_of_pair(quoted(name ~ "__" ~ side), quoted(name ~ "__" ~ other_side(side)), same_types.get(name)) }}
    end as {{ quoted(name ~ "__" ~ side ~ "_number") }}
{%- endmacro %}

{% macro changed_columns(values) -%}
    {#- The names as a record of CSV: one that holds a comma or a quote stands in quotes. -#}
    {%- set changed = [] -%}
    {%- for name in values -%}
        {%- set field = '"' ~ name | replace('"', '""') ~ '"' if modules.re.search('[,"\\r\\n]', name) else name -%}
        {%- set is_changed = quoted(name ~ "__kind") ~ " <> 'within_tolerance'" -%}
        {%- do changed.append("case when " ~ is_changed ~ " then " ~ sql_literal(field ~ ",") ~ " else '' end") -%}
    {%- endfor -%}
    nullif(rtrim({{ changed | join(" || ") or "''" }}, ','), '')
{%- endmacro %}
