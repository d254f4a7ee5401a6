{% macro utc_moment(text, day, rules) -%}
    {#- The moment in UTC: the day, with the time that stands behind it, its half of the day, and how far its zone is. -#}
    {%- set clock = "regexp_extract(" ~ text ~ ", '[ T](\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,6})?)?)', 1)" -%}
    {%- set time = "try_cast(coalesce(nullif(replace(" ~ clock ~ ", ',', '.'), ''), '00:00') as time)" -%}
    {%- set local = "(" ~ day ~ " + " ~ time ~ ")" -%}
    {%- set local = seconds_later(local, half_day(text)) -%}
    {%- if "excel" in declared_formats(rules) or "excel_1904" in declared_formats(rules) -%}
        {%- set local = seconds_later(local, excel_seconds(text)) -%}
    {%- endif -%}
    case
        when {{ matches(text, ".*:\\d{2}(?:[.,]\\d+)?(?: ?[AaPp][Mm])? ?(?:Z|[+-]\\d{2}(?::?\\d{2})?)") }}
        then {{ seconds_later(local, "-60 * " ~ zone_minutes(text)) }}
        {% if "timezone" in rules -%} when {{ day }} is not null then {{ utc_of_certain(local, rules["timezone"]) }}
        {%- elif base_type(rules) == "timestamp" -%} else {{ local }}
        {%- endif %}
    end
{%- endmacro %}

{% macro utc_limits() -%}
    {#- An offset may lead out of the years that there are. -#}
    {{ return("timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 23:59:59.999999'") }}
{%- endmacro %}

{% macro half_day(text) -%}
    {#- The seconds that AM and PM add; NULL for 13 PM, which there is not. -#}
    {%- set hour = "try_cast(regexp_extract(" ~ text ~ ", '[ T](\\d{1,2}):', 1) as integer)" -%}
    case
        when not {{ matches(text, ".*\\d ?[AaPp][Mm].*") }}
        then 0
        when {{ hour }} not between 1 and 12
        then null
        when {{ matches(text, ".*\\d ?[Pp].*") }} and {{ hour }} < 12
        then 43200
        when {{ matches(text, ".*\\d ?[Aa].*") }} and {{ hour }} = 12
        then -43200
        else 0
    end
{%- endmacro %}

{% macro zone_minutes(text) -%}
    {%- set found = "'([+-]\\d{2}):?(\\d{2})?$'" -%}
    {%- set is_negative = text ~ " like '%-__:__' or " ~ text ~ " like '%-____' or " ~ text ~ " like '%-__'" -%}
    {%- set hours = "try_cast(regexp_extract(" ~ text ~ ", " ~ found ~ ", 1) as integer)" -%}
    {%- set minutes = "coalesce(try_cast(nullif(regexp_extract(" ~ text ~ ", " ~ found ~ ", 2), '') as integer), 0)" -%}
    case
        when {{ text }} like '%Z'
        then 0
        when abs({{ hours }}) <= 15 and {{ minutes }} < 60
        then {{ hours }} * 60 + case when {{ is_negative }} then -1 else 1 end * {{ minutes }}
    end
{%- endmacro %}

{% macro excel_seconds(text) -%}
    case
        when {{ matches(text, shape_of("excel")) }}
        then round((try_cast({{ text }} as double) - floor(try_cast({{ text }} as double))) * 86400)
        else 0
    end
{%- endmacro %}

{% macro utc_of_certain(local, zone) -%}
    {#- NULL for an hour that the clocks skipped or went through twice: which of both it was nobody can know. Where the
        zone is as far from UTC a day before as a day after, they did neither; else one of both must be right alone. -#}
    {%- set before, after = seconds_later(local, -86400), seconds_later(local, 86400) -%}
    {%- set early = "(" ~ local ~ " + ((" ~ before ~ ") - " ~ local_of_utc(before, zone) ~ "))" -%}
    {%- set late = "(" ~ local ~ " + ((" ~ after ~ ") - " ~ local_of_utc(after, zone) ~ "))" -%}
    case
        when {{ early }} = {{ late }}
        then {{ early }}
        when {{ local_of_utc(early, zone) }} = {{ local }} and {{ local_of_utc(late, zone) }} <> {{ local }}
        then {{ early }}
        when {{ local_of_utc(late, zone) }} = {{ local }} and {{ local_of_utc(early, zone) }} <> {{ local }}
        then {{ late }}
    end
{%- endmacro %}
