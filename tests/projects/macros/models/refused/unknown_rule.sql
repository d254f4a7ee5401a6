-- A cleaning rule that does not exist.
-- depends_on: {{ ref("raw_cells") }}
{% if execute %} {{ clean(ref("raw_cells"), {"cell": {"type": "date", "fromats": ["uk"]}}) }} {% endif %}
