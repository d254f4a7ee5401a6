{% macro cleaning_types() -%}
    {{ return([
        "text", "integer", "decimal", "double", "boolean", "date", "timestamp", "timestamptz", "json", "enumeration"
    ]) }}
{%- endmacro %}

{% macro cleaning_options() -%}
    {#- Option -> of what kind its value is, the values that are allowed where they are few, and the types it is for. -#}
    {%- set numbers, moments = ["integer", "decimal", "double"], ["date", "timestamp", "timestamptz"] -%}
    {{ return({
        "type": {"kind": "text"},
        "from": {"kind": "text"},
        "path": {"kind": "text"},
        "keep": {"kind": "list", "allowed": ["control", "trim", "spaces", "unicode"], "types": ["text"]},
        "null_tokens": {"kind": "list"},
        "map": {"kind": "mapping"},
        "accents": {"kind": "text", "allowed": ["strip"], "types": ["text"]},
        "case": {"kind": "text", "allowed": ["lower", "upper"], "types": ["text"]},
        "normalize": {"kind": "text", "allowed": ["email", "phone", "url", "postcode"], "types": ["text"]},
        "country": {"kind": "text", "allowed": postcodes() | list, "types": ["text"]},
        "calling_code": {"kind": "text", "types": ["text"]},
        "decimal_mark": {"kind": "text", "allowed": [".", ",", "auto"], "types": numbers},
        "thousands_mark": {"kind": "text", "allowed": [",", ".", " ", "'", ""], "types": numbers},
        "negative": {"kind": "list", "allowed": ["brackets", "trailing"], "types": numbers},
        "currency": {"kind": "list", "types": numbers},
        "percent": {"kind": "text", "allowed": ["fraction", "number"], "types": numbers},
        "units": {"kind": "mapping", "types": numbers},
        "words": {"kind": "mapping", "allowed": ["true", "false"], "types": ["boolean"]},
        "formats": {"kind": "list", "types": moments},
        "pivot": {"kind": "number", "types": moments},
        "timezone": {"kind": "text", "types": ["timestamp", "timestamptz"]},
        "minimum": {"kind": "value", "types": numbers + moments},
        "maximum": {"kind": "value", "types": numbers + moments},
        "accepted": {"kind": "list", "types": ["text", "integer", "decimal", "enumeration"]},
        "required": {"kind": "value", "allowed": [true, false]},
        "on_error": {"kind": "text", "allowed": ["null", "row", "fail"]},
    }) }}
{%- endmacro %}

{% macro cleaning_rule_versions() -%}
    {#- Rule -> its version, which every code of `_formatting` and `_problems` carries. Who changes what a released rule
        makes of a text raises it. -#}
    {%- set versions = {} -%}
    {%- for rule in [
        "control", "trim", "spaces", "unicode", "null_token", "nan", "map", "accents", "case", "email", "phone", "url",
        "postcode", "negative", "currency", "percent", "unit", "number_format", "boolean_word", "date_format",
        "timestamp_format", "timezone", "spelling", "rounded", "range", "accepted", "required"
    ] + cleaning_types() -%}
        {%- do versions.update({rule: 1}) -%}
    {%- endfor -%}
    {{ return(versions) }}
{%- endmacro %}

{% macro base_type(rules) -%} {{ return(rules.get("type", "text").split("(")[0] | trim) }} {%- endmacro %}

{% macro is_number(rules) -%} {{ return(base_type(rules) in ("integer", "decimal", "double")) }} {%- endmacro %}

{% macro is_moment(rules) -%} {{ return(base_type(rules) in ("date", "timestamp", "timestamptz")) }} {%- endmacro %}

{% macro decimal_scale(rules) -%}
    {#- The digits after the point that a decimal keeps; none where it is not declared. -#}
    {%- set found = modules.re.search(",\\s*(\\d+)\\s*\\)", rules["type"]) -%}
    {{ return(found.group(1) | int if found else none) }}
{%- endmacro %}

{% macro decimal_digits(rules) -%}
    {#- How many digits a decimal has before and after the point. -#}
    {%- set found = modules.re.findall("[0-9]+", rules.get("type", "")) -%}
    {{ return([found[0] | int - found[1] | int, found[1] | int] if found | length == 2 else [0, 0]) }}
{%- endmacro %}
