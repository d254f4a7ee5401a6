{% macro postcodes() -%}
    {#- Country -> how its postcodes are written without their space or hyphen, in parts, and what stands between them. -#}
    {{ return({
        "AT": {"parts": "([1-9]\\d{3})", "written": "\\1"},
        "AU": {"parts": "(\\d{4})", "written": "\\1"},
        "BE": {"parts": "([1-9]\\d{3})", "written": "\\1"},
        "CA": {"parts": "([A-Z]\\d[A-Z])(\\d[A-Z]\\d)", "written": "\\1 \\2"},
        "CH": {"parts": "([1-9]\\d{3})", "written": "\\1"},
        "DE": {"parts": "(\\d{5})", "written": "\\1"},
        "DK": {"parts": "(\\d{4})", "written": "\\1"},
        "ES": {"parts": "(\\d{5})", "written": "\\1"},
        "FR": {"parts": "(\\d{5})", "written": "\\1"},
        "GB": {"parts": "([A-Z]{1,2}\\d[A-Z0-9]?)(\\d[A-Z]{2})", "written": "\\1 \\2"},
        "IT": {"parts": "(\\d{5})", "written": "\\1"},
        "NL": {"parts": "([1-9]\\d{3})([A-Z]{2})", "written": "\\1 \\2"},
        "PL": {"parts": "(\\d{2})(\\d{3})", "written": "\\1-\\2"},
        "SE": {"parts": "(\\d{3})(\\d{2})", "written": "\\1 \\2"},
        "US": {"parts": "(\\d{5})", "written": "\\1"},
    }) }}
{%- endmacro %}

{% macro contact_shape(rules) -%}
    {#- How a text is written that needs no normalising. -#}
    {%- set kind = rules["normalize"] -%}
    {%- if kind == "email" -%} {{ return("[a-z0-9._%+''-]+@[a-z0-9-]+(?:[.][a-z0-9-]+)+") }}
    {%- elif kind == "phone" -%} {{ return("[+]" ~ whole_phone()) }}
    {%- elif kind == "url" -%} {{ return("https?://[a-z0-9.-]+(?:[/?#][!-~]+)?") }}
    {%- endif -%}
    {%- set written = postcodes()[rules["country"]] -%}
    {%- set between = modules.re.sub("\\\\[12]", "", written["written"]) -%}
    {{ return(written["parts"] | replace(")(", ")" ~ between ~ "(")) }}
{%- endmacro %}

{% macro normalized_contact(text, rules) -%}
    {%- set kind = rules["normalize"] -%}
    {%- if kind == "email" -%} {{ return(normalized_email(text)) }}
    {%- elif kind == "phone" -%} {{ return(normalized_phone(text, rules.get("calling_code"))) }}
    {%- elif kind == "url" -%} {{ return(normalized_url(text)) }}
    {%- else -%} {{ return(normalized_postcode(text, rules["country"])) }}
    {%- endif -%}
{%- endmacro %}

{% macro normalized_email(text) -%}
    {#- Without mailto: and the name before <…>, in lower case. -#}
    {%- set bare = replaced("lower(" ~ text ~ ")", "^mailto:|^[^<>]*<|>$", "") -%}
    {%- set name, host = "[^@ <>(),:;\"\\\\\\[\\]]+", "[\\p{L}\\p{M}\\p{N}_-]+" -%}
    case when {{ matches(bare, name ~ "@" ~ host ~ "(?:[.]" ~ host ~ ")+") }} then {{ bare }} end
{%- endmacro %}

{% macro whole_phone() -%}
    {#- A number behind its + or 00. Those of North America have eleven digits; 0011 is how Australia dials abroad. -#}
    {{ return("(?:1[2-9]\\d{9}|[2-9]\\d{6,14})") }}
{%- endmacro %}

{% macro national_phone(calling_code) -%}
    {#- How a number is written within its country, and in brackets what stands behind the country's code: most dial a 0
        before it, Russia an 8, Hungary 06; in Italy the 0 belongs to the number, and others dial nothing. -#}
    {{ return({
        "1": "1?([2-9]\\d{9})", "7": "8?([3-9]\\d{9})", "30": "([2-9]\\d{9})", "34": "([5-9]\\d{8})", "36": "06([1-9]\\d{7,8})",
        "39": "(0\\d{5,10}|3\\d{8,9})", "45": "([2-9]\\d{7})", "47": "([2-9]\\d{7})", "48": "([1-9]\\d{8})", "52": "([1-9]\\d{9})",
        "65": "([3689]\\d{7})", "351": "([239]\\d{8})", "352": "([2-9]\\d{5,10})", "354": "([3-9]\\d{6})", "356": "([2-9]\\d{7})",
        "357": "([2-9]\\d{7})", "371": "([2-9]\\d{7})", "372": "([3-9]\\d{6,7})", "420": "([2-9]\\d{8})", "852": "([2-9]\\d{7})",
    }.get(calling_code, "0([1-9]\\d{4,12})")) }}
{%- endmacro %}

{% macro normalized_phone(text, calling_code) -%}
    {#- E.164. A number without its country's code is one of the declared country, or none. -#}
    {%- set italian = replaced(text, "^((?:tel:)?(?:[+]|00) ?39 ?)[(]0[)]", "\\10") -%}
    {%- set without_trunk = replaced(italian, "^(?:tel:)?([+]|00)([0-9 ]+)[(]0[)]", "\\1\\2") -%}
    {%- set digits = replaced(without_trunk, "^tel:|[ ()./-]", "") -%}
    {%- set national = national_phone(calling_code) -%}
    case
        when {{ matches(digits, "(?:[+]|00)" ~ whole_phone()) }}
        then {{ replaced(digits, "^(?:[+]|00)", "+") }}
        {% if calling_code -%}
            when {{ matches(digits, national) }}
            then {{ replaced(digits, "^" ~ national ~ "$", "+" ~ calling_code ~ "\\1") }}
        {% endif -%}
    end
{%- endmacro %}

{% macro normalized_url(text) -%}
    {#- Scheme and host in lower case, without the scheme's own port and a path that is only '/'. -#}
    {%- set host = "lower(regexp_extract(" ~ text ~ ", '^[^/]+//[^/?#:]+'))" -%}
    {%- set rest = "regexp_replace(" ~ text ~ ", '^[^/]+//[^/?#:]+', '')" -%}
    case
        when {{ matches(text, "(?i:https?|ftp)://[\\p{L}\\p{M}\\p{N}._-]+(?::\\d{1,5})?(?:[/?#][^ ]*)?") }}
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

{% macro normalized_postcode(text, country) -%}
    {%- set compact = "upper(" ~ replaced(text, "[ -]", "") ~ ")" -%}
    {%- set written = postcodes()[country] -%}
    case
        {% if country == "US" -%}
            when {{ matches(compact, "\\d{9}") }}
            then {{ replaced(compact, "^(\\d{5})(\\d{4})$", "\\1-\\2") }}
        {% endif -%}
        when {{ matches(compact, written["parts"]) }}
        then {{ replaced(compact, "^" ~ written["parts"] ~ "$", written["written"]) }}
    end
{%- endmacro %}
