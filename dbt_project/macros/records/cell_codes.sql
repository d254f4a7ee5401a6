{% macro cell_codes(each, codes) -%}
    {#- One row per code of `_problems` or `_formatting`, with the cell as it stood in the raw table. -#}
    select
        cleaned._file_id,
        cleaned._row_number,
        split_part(codes.code, ':', 1) as column_name,
        split_part(codes.code, ':', 2) as rule,
        cast(split_part(codes.code, ':', 5) as integer) as rule_version,
        {{ decoded("split_part(codes.code, ':', 6)") }} as expected,
        {{ cell_before("codes.code", "raw_rows") }} as raw_value,
        {{ cell_of_row(row_as_json("cleaned"), "split_part(codes.code, ':', 1)") }} as cleaned_value,
    from {{ codes }} as codes
    inner join {{ each.cleaned }} as cleaned
        on codes._file_id = cleaned._file_id
        and codes._row_number = cleaned._row_number
    inner join {{ each.raw }} as raw_rows
        on codes._file_id = raw_rows._file_id
        and codes._row_number = raw_rows._row_number
{%- endmacro %}

{% macro cell_before(code, raw_rows) -%}
    {%- set column = "coalesce(nullif(" ~ decoded("split_part(" ~ code ~ ", ':', 3)") ~ ", ''), split_part(" ~ code ~ ", ':', 1))" -%}
    {%- set cell = cell_of_row(row_as_json(raw_rows), column) -%}
    case
        when split_part({{ code }}, ':', 4) = ''
        then {{ cell }}
        when {{ is_json(cell) }}
        then {{ json_text(cell, "nullif(" ~ decoded("split_part(" ~ code ~ ", ':', 4)") ~ ", '')") }}
        else {{ cell }}
    end
{%- endmacro %}
