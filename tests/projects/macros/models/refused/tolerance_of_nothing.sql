-- A tolerance of a column that is not compared.
-- depends_on: {{ ref("before") }} {{ ref("after") }}
{% if execute %}
    {{ compare(ref("before"), ref("after"), key="id", columns=["name"], tolerance={"amount": 1}) }}
{% endif %}
