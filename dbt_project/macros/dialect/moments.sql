{% macro local_of_utc(moment, zone) -%} {{ return(adapter.dispatch("local_of_utc", "tidemill")(moment, zone)) }} {%- endmacro %}

{% macro duckdb__local_of_utc(moment, zone) -%}
    {#- Spark: from_utc_timestamp. -#}
    timezone('{{ zone }}', timezone('UTC', {{ moment }}))
{%- endmacro %}

{% macro with_zone(moment) -%} {{ return(adapter.dispatch("with_zone", "tidemill")(moment)) }} {%- endmacro %}

{% macro duckdb__with_zone(moment) -%}
    {#- Spark: its timestamp has a zone, the one without is timestamp_ntz. -#}
    timezone('UTC', {{ moment }})
{%- endmacro %}

{% macro seconds_later(moment, seconds) -%}
    {{ return(adapter.dispatch("seconds_later", "tidemill")(moment, seconds)) }}
{%- endmacro %}

{% macro duckdb__seconds_later(moment, seconds) -%}
    {#- Spark: timestampadd(second, …). -#}
    {{ moment }} + to_seconds({{ seconds }})
{%- endmacro %}

{% macro days_later(date, days) -%} {{ return(adapter.dispatch("days_later", "tidemill")(date, days)) }} {%- endmacro %}

{% macro duckdb__days_later(date, days) -%}
    {#- Spark: date_add. -#}
    {{ date }} + cast({{ days }} as integer)
{%- endmacro %}
