{% macro date_formats() -%}
    {#- Name -> how a date is written. Any other way is declared by its letters, such as '%d %B %Y'. -#}
    {{ return({
        "iso": "%Y-%m-%d",
        "us": "%m/%d/%Y",
        "uk": "%d/%m/%Y",
        "us_dash": "%m-%d-%Y",
        "uk_dash": "%d-%m-%Y",
        "german": "%d.%m.%Y",
        "compact": "%Y%m%d",
        "excel": "",
        "excel_1904": "",
    }) }}
{%- endmacro %}

{% macro declared_formats(rules) -%}
    {#- What is tried, in this order; without a declaration the ways that can be told apart, and day or month first as the
        values of the file show. -#}
    {%- set names = rules.get("formats", ["auto"]) -%}
    {{ return(["iso", "german", "compact", "uk", "uk_dash"] if needs_date_evidence(rules) else names) }}
{%- endmacro %}

{% macro needs_date_evidence(rules) -%} {{ return(rules.get("formats", ["auto"]) | list == ["auto"]) }} {%- endmacro %}

{% macro has_declared_days(rules) -%}
    {#- A date of a typed file has one form, however the texts of its source are written. -#}
    {{ return(is_moment(rules) and "path" not in rules and "iso" not in declared_formats(rules)) }}
{%- endmacro %}

{% macro date_shape(format) -%}
    {#- The regular expression of a way to write dates. Two places that touch have all their digits. -#}
    {%- set found = namespace(shape="", position=0) -%}
    {%- set places = {"%Y": year_shape(), "%y": "\\d{2}", "%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}"} -%}
    {%- set parts = modules.re.findall("%.|[^%]", format) -%}
    {%- for part in parts -%}
        {%- set beside = [loop.previtem, loop.nextitem] | select("in", ["%Y", "%y", "%m", "%d"]) | list -%}
        {%- if part in ("%d", "%m") -%} {%- set found.shape = found.shape ~ ("\\d{2}" if beside else "\\d{1,2}") -%}
        {%- else -%} {%- set found.shape = found.shape ~ places.get(part, modules.re.escape(part)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found.shape) }}
{%- endmacro %}

{% macro year_shape() -%}
    {#- The year before 1 was no year 0, which DuckDB would write as one before Christ. -#}
    {{ return("(?:[1-9]\\d{3}|\\d[1-9]\\d{2}|\\d{2}[1-9]\\d|\\d{3}[1-9])") }}
{%- endmacro %}

{% macro shape_of(name) -%}
    {{ return("\\d{1,7}(?:[.]\\d+)?" if name in ("excel", "excel_1904") else date_shape(date_formats().get(name, name))) }}
{%- endmacro %}

{% macro time_shape(rules) -%}
    {#- A date may stand with the time of midnight only: another one would be lost. -#}
    {%- if base_type(rules) == "date" -%} {{ return("[ T]0?0:00(?::00(?:[.,]0{1,9})?)?Z?") }} {%- endif -%}
    {{ return("[ T](?:[01]?\\d|2[0-3]):\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|[+-]\\d{2}(?::?\\d{2})?))?") }}
{%- endmacro %}

{% macro plain_moment(raw, rules) -%}
    {%- set formats, type = declared_formats(rules), base_type(rules) -%}
    {%- if formats[0] != "iso" and not ("iso" in formats and formats | select("in", date_formats()) | list == formats) -%} {{ return("") }}
    {#- A cast alone would take 2024-02-2Z for 2 February, and 1-12-01-01 for a day of the year 1. -#}
    {%- elif type == "date" -%} {{ return(matches(raw, year_shape() ~ "-\\d{2}-\\d{2}")) }}
    {%- elif "timezone" in rules -%} {{ return("") }}
    {%- endif -%}
    {%- set shape = year_shape() ~ "-\\d{2}-\\d{2} (?:[01]\\d|2[0-3]):\\d{2}:\\d{2}(?:[.]\\d{0,5}[1-9])?" -%}
    {{ return(matches(raw, shape ~ ("[+]00" if type == "timestamptz" else ""))) }}
{%- endmacro %}

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

{% macro has_day(text, shape, rules) -%} {{ return(matches(text, "(?:" ~ shape ~ ")(?:" ~ time_shape(rules) ~ ")?")) }} {%- endmacro %}

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
    {%- set reading = adapter.quote(name ~ "__reading") -%}
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
    {#- Day 60 of Excel's first calendar is 29 February 1900, which there never was; the days before it count from one later. -#}
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
