{% macro normalized_email(text, rules) -%}
    {#- Without mailto: and the name before <…>, in lower case. A name with a comma behind its @ is an address of its own. -#}
    {%- set bare = replaced(lowered(text, rules), "^mailto:|^[^<>@]*(?:@[^<>,;]*)?<([^<>]*)>$", "\\1") -%}
    {%- set word = "[^@.<>(),:;\"\\\\\\[\\]\\p{Z}\\p{Cc}\\x{AD}]+" -%}
    {%- set country = "\\p{L}(?:[\\p{L}\\p{M}\\p{N}-]*[\\p{L}\\p{M}\\p{N}])?" -%}
    {%- set address = word ~ "(?:[.]" ~ word ~ ")*@(?:" ~ host_label() ~ "[.])+" ~ country -%}
    case when {{ matches(bare, address) }} then {{ bare }} end
{%- endmacro %}
