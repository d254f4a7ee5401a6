{% macro common_type(types) -%}
    {#- The narrowest type that holds every value of all these types as it is; none where there is none. -#}
    {%- if types | length == 1 -%} {{ return(types[0]) }} {%- endif -%}
    {%- if types | sort == ["date", "timestamp"] -%} {{ return("timestamp") }} {%- endif -%}
    {%- set whole = types | select("in", bits_of_integers()) | list -%}
    {%- set floating = types | select("in", ["float", "double"]) | list -%}
    {%- set decimal = decimals(types) -%}
    {%- if (whole + floating + decimal) | length < types | length -%} {{ return(none) }} {%- endif -%}
    {%- if not floating and not decimal -%} {{ return(common_integer(whole)) }} {%- endif -%}
    {%- if floating and decimal -%} {{ return(none) }} {%- endif -%}
    {{ return(common_float(whole) if floating else common_decimal(whole, decimal)) }}
{%- endmacro %}

{% macro bits_of_integers() -%}
    {{ return({
        "tinyint": 7, "smallint": 15, "integer": 31, "bigint": 63, "hugeint": 127,
        "utinyint": 8, "usmallint": 16, "uinteger": 32, "ubigint": 64, "uhugeint": 128,
    }) }}
{%- endmacro %}

{% macro decimals(types) -%}
    {%- set found = [] -%}
    {%- for type in types if type.startswith("decimal(") and type.endswith(")") -%} {%- do found.append(type) -%} {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro common_integer(types) -%}
    {%- set bits = bits_of_integers() -%}
    {%- set unsigned = types | select("in", ["utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"]) | list -%}
    {%- set needed = namespace(bits=0) -%}
    {%- for type in types -%} {%- set needed.bits = [needed.bits, bits[type]] | max -%} {%- endfor -%}
    {%- set is_unsigned = unsigned | length == types | length -%}
    {%- for type in bits if (type.startswith("u") == is_unsigned) and bits[type] >= needed.bits -%}
        {{ return(type) }}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}

{% macro common_float(whole) -%}
    {#- A double holds whole numbers up to 2^53. -#}
    {%- for type in whole if bits_of_integers()[type] > 53 -%} {{ return(none) }} {%- endfor -%}
    {{ return("double") }}
{%- endmacro %}

{% macro common_decimal(whole, decimals) -%}
    {%- set digits = {7: 3, 15: 5, 31: 10, 63: 19, 8: 3, 16: 5, 32: 10, 64: 20} -%}
    {%- set needed = namespace(whole=0, scale=0) -%}
    {%- for type in whole -%}
        {%- set needed.whole = [needed.whole, digits.get(bits_of_integers()[type], 39)] | max -%}
    {%- endfor -%}
    {%- for type in decimals -%}
        {%- set precision, scale = type[8:-1].split(",")[0] | int, type[8:-1].split(",")[1] | int -%}
        {%- set needed.whole = [needed.whole, precision - scale] | max -%}
        {%- set needed.scale = [needed.scale, scale] | max -%}
    {%- endfor -%}
    {%- set precision = needed.whole + needed.scale -%}
    {{ return("decimal(" ~ precision ~ "," ~ needed.scale ~ ")" if precision <= 38 else none) }}
{%- endmacro %}
