{% macro readings_of(rules) -%} {{ return([".", ","] if is_number(rules) else ["day", "month"]) }} {%- endmacro %}

{% macro number_reading(text, rules) -%}
    case
        when {{ text }} not like '%.%' and {{ text }} not like '%,%'
        then null
        when {{ matches(text, two_readings(rules)) }}
        then 'both'
        when {{ matches(text, number_shape(".", rules)) }}
        then '.'
        when {{ matches(text, number_shape(",", rules)) }}
        then ','
    end
{%- endmacro %}

{% macro date_reading(text, rules) -%}
    {#- 05/05/2026 is the same date both ways, and 31/02/2026 none in either. -#}
    {%- set one = "cast(regexp_extract(" ~ text ~ ", '^([0-9]+)', 1) as integer)" -%}
    {%- set other = "cast(regexp_extract(" ~ text ~ ", '^[0-9]+.([0-9]+)', 1) as integer)" -%}
    {%- set shapes = "(?:" ~ shape_of("uk") ~ "|" ~ shape_of("uk_dash") ~ ")(?:" ~ time_shape(rules) ~ ")?" -%}
    {%- set day = "replace(regexp_extract(" ~ text ~ ", '^[0-9]+.[0-9]+.[0-9]+'), '-', '/')" -%}
    case
        when not {{ matches(text, shapes) }}
        then null
        when {{ one }} between 13 and 31 and {{ other }} between 1 and 12
        then case when {{ one }} < 29 or {{ try_parse_timestamp(day, "%d/%m/%Y") }} is not null then 'day' end
        when {{ one }} between 1 and 12 and {{ other }} between 13 and 31
        then case when {{ other }} < 29 or {{ try_parse_timestamp(day, "%m/%d/%Y") }} is not null then 'month' end
        when {{ one }} between 1 and 12 and {{ other }} between 1 and 12 and {{ one }} <> {{ other }}
        then 'both'
    end
{%- endmacro %}
