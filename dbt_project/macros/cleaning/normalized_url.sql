{% macro normalized_url(text, rules) -%}
    {#- Scheme and host in lower case, without the scheme's own port and a path that is only '/'. -#}
    {%- set shape = "(?:[Hh][Tt][Tt][Pp][Ss]?|[Ff][Tt][Pp])://" ~ host_label() ~ "(?:[.]" ~ host_label() ~ ")*[.]?" -%}
    {%- set port = "(?::(?:[0-5]?\\d{1,4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]))?" -%}
    {%- set host = lowered("regexp_extract(" ~ text ~ ", '^[^/]+//[^/?#:]+')", rules) -%}
    {%- set rest = "regexp_replace(" ~ text ~ ", '^[^/]+//[^/?#:]+', '')" -%}
    case
        when {{ matches(text, shape ~ port ~ "(?:[/?#][^\\p{Z}\\p{Cc}<>\"]*)?") }}
        then
            {{ host }} || regexp_replace(
                case
                    when {{ host }} like 'http:%'
                    then regexp_replace({{ rest }}, '^:80($|[/?#])', '\1')
                    when {{ host }} like 'https:%'
                    then regexp_replace({{ rest }}, '^:443($|[/?#])', '\1')
                    when {{ host }} like 'ftp:%'
                    then regexp_replace({{ rest }}, '^:21($|[/?#])', '\1')
                    else {{ rest }}
                end,
                '^/$',
                ''
            )
    end
{%- endmacro %}
