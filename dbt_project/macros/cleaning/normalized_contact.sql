{% macro normalized_contact(text, rules) -%}
    {%- set kind = rules["normalize"] -%}
    {%- if kind == "email" -%} {{ return(normalized_email(text, rules)) }}
    {%- elif kind == "phone" -%} {{ return(normalized_phone(text, rules.get("calling_code"))) }}
    {%- elif kind == "url" -%} {{ return(normalized_url(text, rules)) }}
    {%- else -%} {{ return(normalized_postcode(text, rules["country"])) }}
    {%- endif -%}
{%- endmacro %}

{% macro contact_shape(rules) -%}
    {#- How a text is written that needs no normalising. -#}
    {%- set kind, label = rules["normalize"], "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?" -%}
    {%- if kind == "email" -%}
        {%- set name = "[a-z0-9_%+''-]+(?:[.][a-z0-9_%+''-]+)*" -%}
        {{ return(name ~ "@(?:" ~ label ~ "[.])+[a-z](?:[a-z0-9-]*[a-z0-9])?") }}
    {%- elif kind == "phone" -%} {{ return("[+]" ~ whole_phone()) }}
    {%- elif kind == "url" -%} {{ return("https?://" ~ label ~ "(?:[.]" ~ label ~ ")*(?:[/?#][!#-;=?-~]+)?") }}
    {%- endif -%}
    {%- set written = postcodes()[rules["country"]] -%}
    {%- set between = modules.re.sub("\\\\[12]", "", written["written"]) -%}
    {{ return(written["parts"] | replace(")(", ")" ~ between ~ "(")) }}
{%- endmacro %}

{% macro host_label() -%}
    {#- What stands between the points of a host's name. -#}
    {{ return("[\\p{L}\\p{N}_](?:[\\p{L}\\p{M}\\p{N}_-]*[\\p{L}\\p{M}\\p{N}_])?") }}
{%- endmacro %}

{% macro lowered(text, rules) -%}
    {#- Of some letters only the small one is composed, such as ǰ. -#}
    {{ return("lower(" ~ text ~ ")" if "unicode" in rules.get("keep", []) else composed("lower(" ~ text ~ ")")) }}
{%- endmacro %}
