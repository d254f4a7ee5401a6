{% macro places_before_batch(target, plan, since, until) -%}
    {#- Where the rows stand, or have stood, of which a batch may say something else than the table does: those that have
        changed, in a de-duplicated table all that were in one group with them before, and in a merged one their entities. -#}
    {%- if plan.get("entities_of") -%}
        {{ return(places_of_entities_with(plan["entities_of"], changed_places(plan["of"], since, until))) }}
    {%- endif -%}
    {%- set read = plan["reads"][0] -%}
    {%- if read["takes"] != "groups" -%} {{ return(distinct_places(plan, since, until)) }} {%- endif -%}
    {#- Rows of a new file were in no group, and those of a replaced one still are; a replayed one may be read otherwise. -#}
    {%- set replayed = "select _file_id, _row_number from " ~ read["relation"] ~ " where _file_id in (select file_id from "
        ~ batch_table("files") ~ " where is_replayed)" -%}
    {{ return(places_of_groups_with(target, changed_places(plan["of"], since, until) if plan["of"] else replayed)) }}
{%- endmacro %}

{% macro distinct_places(plan, since, until) -%}
    {%- if plan["of"] -%} {{ return("select distinct * from (" ~ changed_places(plan["of"], since, until) ~ ")") }} {%- endif -%}
    {{ return("select cast(null as bigint) as _file_id, cast(null as bigint) as _row_number where false") }}
{%- endmacro %}

{% macro places_of_groups_with(target, changed) -%}
    {#- A kept row names those it has beaten. Asked by comparison, because DuckDB leaves out row groups without names only so. -#}
    with
        changed as ({{ changed }}),

        beaten {{ read_again() }} (
            select _file_id as kept_file_id, _row_number as kept_row_number, {{ fields_of_losers("code") }}
            from (
                select _file_id, _row_number, {{ split_rows("_duplicates") }} as code
                from {{ target }}
                where _duplicates > ''
            ) as codes
        ),

        touched as (
            select stands._file_id, stands._row_number
            from {{ target }} as stands
            semi join changed using (_file_id, _row_number)
            union
            select kept_file_id, kept_row_number
            from beaten
            semi join changed on file_id = changed._file_id and row_number = changed._row_number
        )

    select _file_id, _row_number from changed
    union
    select _file_id, _row_number from touched
    union
    select file_id, row_number
    from beaten
    semi join touched on kept_file_id = touched._file_id and kept_row_number = touched._row_number
{%- endmacro %}

{% macro places_of_entities_with(linked, changed) -%}
    {#- A row may have left the entity: linking, which has changed it then, has noted where all the others stood. -#}
    with
        changed as ({{ changed }}),

        winners as (
            select
                coalesce(winner_file_id, _file_id) as _file_id,
                coalesce(winner_row_number, _row_number) as _row_number,
            from {{ linked }}
            semi join changed using (_file_id, _row_number)
        )

    select _file_id, _row_number from changed
    union
    select _file_id, _row_number from winners
    union
    select losers._file_id, losers._row_number
    from {{ linked }} as losers
    semi join winners
        on losers.winner_file_id = winners._file_id
        and losers.winner_row_number = winners._row_number
{%- endmacro %}
