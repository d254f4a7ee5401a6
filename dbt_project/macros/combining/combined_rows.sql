{% macro combined_as_planned(relations, plan) -%}
    {%- set kept = plan | rejectattr("type", "none") | list -%}
    with
        {% for each in kept if stated(each) | trim -%} -- {{ stated(each) | trim }}
        {% endfor -%}
        {% for source, relation in relations.items() -%}
            {{ quoted(source ~ "_rows") }} as (
                select
                    {% for each in kept -%}
                        {{ planned_value(each, source) }} as {{ quoted(each.name) }},
                    {% endfor -%}
                    {{ sql_literal(source) }} as _source,
                from {{ relation }} as _rows
            ),

        {% endfor -%}
        combined as (
            {% for source in relations -%}
                select * from {{ quoted(source ~ "_rows") }}
                {{ "union all" if not loop.last }}
            {% endfor %}
        )

    select *
    from combined
{%- endmacro %}

{% macro combined_by_name(relations, columns, renamed) -%}
    with
        {% for source, relation in relations.items() -%}
            {{ quoted(source ~ "_rows") }} as (
                select {{ all_columns_renamed(renamed.get(source, {})) }}, {{ sql_literal(source) }} as _source
                from {{ relation }} as _rows
            ),

        {% endfor -%}
        combined as (
            {% for source in relations -%}
                select * from {{ quoted(source ~ "_rows") }}
                {{ union_all_by_name() if not loop.last }}
            {% endfor %}
        ),

        chosen as (
            select {% if columns -%} {{ quoted_names(columns) }}, _source {%- else -%} * {%- endif %}
            from combined
        )

    select *
    from chosen
{%- endmacro %}

{% macro planned_value(each, source) -%}
    {#- Where the types decide that nothing is lost, a plain cast; else each value is cast there and back. -#}
    {%- set origin = each.origins[source] -%}
    {#- No two enumerations are one type to DuckDB, were they of the same words: a NULL without a type leaves it. -#}
    {%- if not origin -%} {{ "null" if each.type.startswith("ENUM") else "cast(null as " ~ each.type ~ ")" }}
    {%- elif origin.type == each.type -%} {{ quoted(origin.column) }}
    {%- elif each.type == "varchar" or common_type([origin.type, each.type]) == each.type -%}
        cast({{ quoted(origin.column) }} as {{ each.type }})
    {%- else -%}
        {%- set value = quoted(origin.column) -%}
        {%- set become = "try_cast(" ~ value ~ " as " ~ each.type ~ ")" -%}
        {%- set place = "combine: " ~ source ~ "." ~ origin.column ~ ": '" -%}
        {%- set remedy = "' would change as " ~ each.type ~ "; declare a type that holds it, or clean it" -%}
        case
            when try_cast({{ become }} as {{ origin.type }}) is not distinct from {{ value }}
            then {{ become }}
            else {{ raise_error(sql_literal(place) ~ " || cast(" ~ value ~ " as varchar) || " ~ sql_literal(remedy)) }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro stated(each) -%}
    {#- What was reconciled in a column, in words; nothing where there was nothing to reconcile. -#}
    {%- set met, missing = [], [] -%}
    {%- for source, origin in each.origins.items() -%}
        {%- if not origin -%} {%- do missing.append(source) -%}
        {%- elif origin.type != each.type -%} {%- do met.append(source ~ " " ~ origin.type) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if met or missing -%}
        {{ each.name }}: {{ each.type }}
        {%- if met %}, from {{ met | join(", ") }} {%- endif -%}
        {%- if missing %}, missing in {{ missing | join(", ") }} {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro listed_plan(plan) -%}
    {% for each in plan -%}
        {%- set is_last_column = loop.last -%}
        {% for source, origin in each.origins.items() -%}
            select
                {{ sql_literal(each.name) }} as column_name,
                {{ sql_literal(source) }} as source,
                {{ sql_literal(origin.column) if origin else "cast(null as varchar)" }} as source_column,
                {{ sql_literal(origin.type) if origin else "cast(null as varchar)" }} as source_type,
                {{ sql_literal(each.type) if each.type else "cast(null as varchar)" }} as combined_type,
                {{ sql_literal(status_in_plan(each, origin)) }} as status
            {{ "union all" if not (is_last_column and loop.last) }}
        {% endfor -%}
    {%- endfor %}
{%- endmacro %}

{% macro status_in_plan(each, origin) -%}
    {%- if not origin -%} {{ return("missing") }}
    {%- elif each.type is none -%} {{ return("left_out") }}
    {%- else -%} {{ return("as_is" if origin.type == each.type else "cast") }}
    {%- endif -%}
{%- endmacro %}
