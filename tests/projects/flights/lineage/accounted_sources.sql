{% macro accounted_sources() -%}
    {#- Every source's raw table, staging model and de-duplicated model. -#}
    {{ return([
        {
            "source": "nycflights.airlines",
            "raw": source("nycflights", "airlines"),
            "cleaned": ref("stg_nycflights__airlines"),
            "deduplicated": ref("int_airlines_deduplicated"),
        },
        {
            "source": "nycflights.airports",
            "raw": source("nycflights", "airports"),
            "cleaned": ref("stg_nycflights__airports"),
            "deduplicated": ref("int_airports_deduplicated"),
        },
        {
            "source": "nycflights.flights",
            "raw": source("nycflights", "flights"),
            "cleaned": ref("stg_nycflights__flights"),
            "deduplicated": ref("int_flights_deduplicated"),
        },
        {
            "source": "nycflights.planes",
            "raw": source("nycflights", "planes"),
            "cleaned": ref("stg_nycflights__planes"),
            "deduplicated": ref("int_planes_deduplicated"),
        },
        {
            "source": "nycflights.weather",
            "raw": source("nycflights", "weather"),
            "cleaned": ref("stg_nycflights__weather"),
            "deduplicated": ref("int_weather_deduplicated"),
        },
    ]) }}
{%- endmacro %}
