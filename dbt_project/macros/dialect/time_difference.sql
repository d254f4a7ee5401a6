{% macro time_difference(one, other) -%} {{ return(adapter.dispatch("time_difference", "tidemill")(one, other)) }} {%- endmacro %}

{% macro duckdb__time_difference(one, other) -%}
    {#- How far two dates are apart, in days, or two other points in time or times of day, in seconds; NULL where one of
        them is infinite. Local times lie as far apart as their clocks show. Types are constants, so one branch is ever
        computed. Spark: datediff, and unix_micros of a timestamp. -#}
    {%- set types, zoned = ["typeof(" ~ one ~ ")", "typeof(" ~ other ~ ")"], "TIMESTAMP WITH TIME ZONE" -%}
    {%- set dates = ["try_cast(" ~ one ~ " as date)", "try_cast(" ~ other ~ " as date)"] -%}
    case
        when 'TIME' in ({{ types | join(", ") }})
        then {{ seconds_apart(one, other, "time") }}
        when {{ types[0] }} = 'DATE' and {{ types[1] }} = 'DATE'
        then case when isfinite({{ dates[0] }}) and isfinite({{ dates[1] }}) then abs({{ dates[0] }} - {{ dates[1] }})::double end
        when '{{ zoned }}' in ({{ types | join(", ") }})
        then {{ seconds_apart(one, other, zoned) }}
        when 'TIMESTAMP_NS' in ({{ types | join(", ") }})
        then abs({{ nanoseconds(one) }} - {{ nanoseconds(other) }}) / 1e9
        else {{ seconds_apart(one, other, "timestamp") }}
    end
{%- endmacro %}

{% macro seconds_apart(one, other, type) -%}
    abs(epoch_us(try_cast({{ one }} as {{ type }}))::hugeint - epoch_us(try_cast({{ other }} as {{ type }}))) / 1e6
{%- endmacro %}

{% macro nanoseconds(value) -%}
    {#- Nanoseconds reach neither far back nor far ahead, so nothing else is cast to them. -#}
    case
        when typeof({{ value }}) = 'TIMESTAMP_NS'
        then epoch_ns(try_cast({{ value }} as timestamp_ns))::hugeint
        else epoch_us(try_cast({{ value }} as timestamp))::hugeint * 1000
    end
{%- endmacro %}
