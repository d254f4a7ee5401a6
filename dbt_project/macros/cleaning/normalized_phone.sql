{% macro calling_codes(digits) -%}
    {#- The calling codes of one, two or three digits behind which no number begins with a 0; of 0 digits: the first three
        digits of the others. -#}
    {{ return({
        0: "39\\d|22[5-79]|24[127]|37[89]|8(?:[0379]\\d|8[1-57-9])|992",
        1: "[17]",
        2: "2[07]|3[0-46]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]",
        3: "2(?:[135689]\\d|2[0-48]|4[03-689])|3(?:[58]\\d|7[0-7])|42\\d|5[09]\\d|6[7-9]\\d|8(?:5\\d|8[06])|9(?:[67]\\d|9[013-9])",
    }[digits]) }}
{%- endmacro %}

{% macro whole_phone() -%}
    {#- A number behind its + or 00. Those of North America have eleven digits; 0011 is how Australia dials abroad. -#}
    {%- set found = ["1[2-9]\\d{9}", "7[1-9]\\d{5,13}"] -%}
    {%- do found.append("(?:" ~ calling_codes(2) ~ ")[1-9]\\d{4,12}") -%}
    {%- do found.append("(?:" ~ calling_codes(3) ~ ")[1-9]\\d{3,11}") -%}
    {%- do found.append("(?:" ~ calling_codes(0) ~ ")\\d{4,12}") -%}
    {{ return("(?:" ~ found | join("|") ~ ")") }}
{%- endmacro %}

{% macro national_phone(calling_code) -%}
    {#- How a number is written within its country, and in brackets what stands behind the country's code: most dial a 0
        before it, Russia an 8, Hungary 06; in Italy and some others the 0 belongs to the number, and others dial nothing.
        A number has no more than 15 digits. -#}
    {{ return({
        "1": "1?([2-9]\\d{9})", "7": "8?([3-9]\\d{9})", "30": "([2-9]\\d{9})", "34": "([5-9]\\d{8})", "36": "06([1-9]\\d{7,8})",
        "39": "(0\\d{5,10}|3\\d{8,9})", "45": "([2-9]\\d{7})", "47": "([2-9]\\d{7})", "48": "([1-9]\\d{8})", "52": "([1-9]\\d{9})",
        "55": "0?([1-9]\\d{9,10})", "57": "([36]\\d{9})", "91": "0?([1-9]\\d{9})",
        "65": "([3689]\\d{7})", "225": "([02]\\d{9})", "226": "(0[1-9]\\d{6}|[2-7]\\d{7})", "227": "(0[1-9]\\d{6}|[2-9]\\d{7})",
        "229": "(01\\d{8})", "241": "(0[1-9]\\d{6})", "242": "(0[1-9]\\d{7}|2\\d{8})", "247": "([4-6]\\d{4})", "351": "([239]\\d{8})",
        "352": "([2-9]\\d{5,10})", "354": "([3-9]\\d{6})", "356": "([2-9]\\d{7})", "357": "([2-9]\\d{7})", "371": "([2-9]\\d{7})",
        "372": "([3-9]\\d{6,7})", "378": "(0549\\d{6}|[5-7]\\d{7})", "420": "([2-9]\\d{8})", "852": "([2-9]\\d{7})",
        "992": "(0[1-9]\\d{7}|[1-9]\\d{8})",
    }.get(calling_code, usual_phone(calling_code))) }}
{%- endmacro %}

{% macro usual_phone(calling_code) -%}
    {#- Where every number has as many digits, nothing stands before them. -#}
    {%- set codes = {
        7: "238 239 248 269 297 501 592 673 674 679 680 691 960",
        8: "216 222 223 228 235 236 253 257 266 268 350 502 503 504 505 506 509 689 853 965 968 973 974",
        9: "56 221 237 240 244 245 998",
    } -%}
    {%- for digits, those in codes.items() if calling_code in those.split() -%}
        {{ return("([1-9]\\d{" ~ (digits - 1) ~ "})") }}
    {%- endfor -%}
    {{ return("0([1-9]\\d{4," ~ (14 - calling_code | length) ~ "})") }}
{%- endmacro %}

{% macro normalized_phone(text, calling_code) -%}
    {#- E.164. A number without its country's code is one of the declared country, or none. Behind the country's code goes
        what is dialled before a number within the country only: (0), in Hungary (06). -#}
    {%- set codes = calling_codes(1) ~ "|" ~ calling_codes(2) ~ "|" ~ calling_codes(3) -%}
    {%- set before = "^(?:[+]|00)(?:(36)06|(" ~ codes ~ ")0)([1-9])" -%}
    {%- set digits = replaced(replaced(text, "^[Tt][Ee][Ll]:|[ ()./-]", ""), before, "+\\1\\2\\3") -%}
    {%- set national = national_phone(calling_code) if calling_code else "" -%}
    case
        when {{ matches(digits, "(?:[+]|00)" ~ whole_phone()) }}
        then {{ replaced(digits, "^(?:[+]|00)", "+") }}
        {% if calling_code -%}
            when {{ matches(digits, national) }}
            then {{ replaced(digits, "^" ~ national ~ "$", "+" ~ calling_code ~ "\\1") }}
        {% endif -%}
    end
{%- endmacro %}
