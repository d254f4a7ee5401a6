{% macro day_of(name, text, rules) -%}
    {#- The value's shape chooses the format: one regular expression a value, instead of trying one format after another.
        Of formats whose shapes it has (31/12/24 may be %d/%m/%y and %y/%m/%d) the first that can read it does. -#}
    {%- set days = {} -%}
    {%- for format in declared_formats(rules) -%}
        {%- do days.setdefault(shape_of(format), []).append(day_by_format(name, text, format, rules)) -%}
    {%- endfor -%}
    {%- set tries = [] -%}
    {%- for shape, found in days.items() -%}
        {%- set day = "coalesce(" ~ found | join(", ") ~ ")" if found | length > 1 else found[0] -%}
        {%- do tries.append("case when " ~ has_day(text, shape, rules) ~ " then " ~ day ~ " end") -%}
    {%- endfor -%}
    {%- set day = "coalesce(" ~ tries | join(", ") ~ ")" if tries | length > 1 else tries[0] -%}
    {%- if not has_declared_days(rules) -%} {{ return(day) }} {%- endif -%}
    case
        when not {{ is_text(no_raw_value(name, rules)) }} and {{ has_day(text, shape_of("iso"), rules) }}
        then {{ day_by_format(name, text, "iso", rules) }}
        else {{ day }}
    end
{%- endmacro %}

{% macro has_day(text, shape, rules) -%}
    {{ return(matches(text, "(?:" ~ shape ~ ")(?:" ~ time_shape(rules) ~ ")?")) }}
{%- endmacro %}

{% macro day_by_format(name, text, format, rules) -%}
    {%- if format in ("excel", "excel_1904") -%} {{ return(excel_day(text, format, rules)) }} {%- endif -%}
    {%- set letters = date_formats().get(format, format) -%}
    {%- set day = "regexp_extract(" ~ text ~ ", '^" ~ date_shape(letters) ~ "')" -%}
    {%- if needs_date_evidence(rules) and format in ("uk", "uk_dash") -%}
        {{ return(day_by_evidence(name, day, letters)) }}
    {%- elif "%y" in letters -%}
        {%- set day = with_century(day, letters, rules["pivot"]) -%}
        {%- set letters = letters | replace("%y", "%Y") -%}
    {%- endif -%}
    {{ return("cast(" ~ try_parse_timestamp(day, letters) ~ " as date)") }}
{%- endmacro %}

{% macro day_by_evidence(name, day, letters) -%}
    {%- set reading = quoted(name ~ "__reading") -%}
    {%- set day_first = "cast(" ~ try_parse_timestamp(day, letters) ~ " as date)" -%}
    {%- set month_first = "cast(" ~ try_parse_timestamp(day, "%m" ~ letters[2] ~ "%d" ~ letters[5:]) ~ " as date)" -%}
    case
        {{ reading }}
        when 'day'
        then {{ day_first }}
        when 'month'
        then {{ month_first }}
        else coalesce({{ day_first }}, {{ month_first }})
    end
{%- endmacro %}

{% macro with_century(day, letters, pivot) -%}
    {#- A year of two digits stands first or last. -#}
    {%- set year = "left(" ~ day ~ ", 2)" if letters.startswith("%y") else "right(" ~ day ~ ", 2)" -%}
    {%- set century = "case when " ~ year ~ " >= '" ~ "%02d" % pivot ~ "' then '19' else '20' end" -%}
    {%- if letters.startswith("%y") -%} {{ return("(" ~ century ~ " || " ~ day ~ ")") }} {%- endif -%}
    {{ return("(left(" ~ day ~ ", length(" ~ day ~ ") - 2) || " ~ century ~ " || " ~ year ~ ")") }}
{%- endmacro %}

{% macro excel_day(text, format, rules) -%}
    {#- Day 60 of Excel's first calendar is 29 February 1900, which there never was; the days before it count from one
        later. -#}
    {%- set serial = "try_cast(" ~ text ~ " as double)" -%}
    {%- set whole = "floor(" ~ serial ~ ")" -%}
    {%- set limits = "between 1 and 2958465 and " ~ whole ~ " <> 60" if format == "excel" else "between 0 and 2957003" -%}
    {%- set first = "date '1904-01-01'" -%}
    {%- if format == "excel" -%}
        {%- set first = "case when " ~ whole ~ " < 60 then date '1899-12-31' else date '1899-12-30' end" -%}
    {%- endif -%}
    {%- set is_day = " and " ~ serial ~ " = " ~ whole if base_type(rules) == "date" else "" -%}
    {{ return("case when " ~ whole ~ " " ~ limits ~ is_day ~ " then " ~ days_later(first, whole) ~ " end") }}
{%- endmacro %}
