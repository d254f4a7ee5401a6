-- An order of trust, and no key within which it would decide.
-- depends_on: {{ ref("customers") }}
{% if execute %} {{ deduplicate(ref("customers"), order_by="updated_on desc") }} {% endif %}
