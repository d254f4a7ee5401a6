{% macro cell_codes(each, codes) -%}
    {#- One row per code of `_problems` or `_formatting`, with the cell as it stood in the raw table. -#}
    {%- set raw_column = "coalesce(nullif(" ~ decoded("split_part(codes.code, ':', 3)") ~ ", ''), split_part(codes.code, ':', 1))" -%}
    select
        _file_id,
        _row_number,
        split_part(code, ':', 1) as column_name,
        split_part(code, ':', 2) as rule,
        cast(split_part(code, ':', 5) as integer) as rule_version,
        {{ decoded("split_part(code, ':', 6)") }} as expected,
        case
            when split_part(code, ':', 4) <> '' and {{ is_json("raw_cell") }}
            then {{ json_text("raw_cell", "nullif(" ~ decoded("split_part(code, ':', 4)") ~ ", '')") }}
            else raw_cell
        end as raw_value,
        cleaned_value,
    from
        (
            select
                cleaned._file_id,
                cleaned._row_number,
                codes.code,
                {{ cell_of_row("raw_rows", raw_column) }} as raw_cell,
                {{ cell_of_row("cleaned", "split_part(codes.code, ':', 1)") }} as cleaned_value,
            from {{ codes }} as codes
            inner join {{ each.cleaned }} as cleaned
                on codes._file_id = cleaned._file_id
                and codes._row_number = cleaned._row_number
            inner join {{ each.raw }} as raw_rows
                on codes._file_id = raw_rows._file_id
                and codes._row_number = raw_rows._row_number
        ) as cells
{%- endmacro %}
