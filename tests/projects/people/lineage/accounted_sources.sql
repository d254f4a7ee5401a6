{% macro accounted_sources() -%}
    {{ return([
        {
            "source": "people.cards",
            "raw": source("people", "cards"),
            "cleaned": ref("stg_people__cards"),
            "deduplicated": [ref("int_people_deduplicated"), ref("int_people_merged")],
        },
        {
            "source": "people.decisions",
            "raw": source("people", "decisions"),
            "cleaned": ref("stg_people__decisions"),
            "deduplicated": ref("int_decisions_deduplicated"),
        },
    ]) }}
{%- endmacro %}
