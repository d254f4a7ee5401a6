{% macro number_steps(text, rules) -%}
    {#- What stands around the digits is taken off, or becomes a sign or a factor: -5, 5e-2, 5*0.45. -#}
    {%- set steps, now = [], namespace(text=text) -%}
    {%- set marks = rules.get("currency", ["$", "€", "£", "¥", "EUR", "USD", "GBP", "CHF", "JPY"]) -%}
    {%- set percent = power_of_ten(-2) if rules.get("percent") == "fraction" else "" -%}
    {%- set negative = replaced(text, "^−", "-") -%}
    {%- if "brackets" in rules.get("negative", []) -%} {%- set negative = replaced(negative, "^\\((.*)\\)$", "-\\1") -%} {%- endif -%}
    {%- if "trailing" in rules.get("negative", []) -%} {%- set negative = replaced(negative, "^([^-].*)-$", "-\\1") -%} {%- endif -%}
    {%- set changes = [["negative", negative]] -%}
    {%- if marks -%}
        {%- set mark = "(?:" ~ escaped(marks) | join("|") ~ ")" -%}
        {%- set before = mark ~ " *([+-]?\\d)|(?:" ~ before_point(marks) | join("|") ~ ")([+-]?[.,])" -%}
        {%- set bare = replaced(negative, "^([+-]?)(?:" ~ before ~ ")|^([+-]) +| *" ~ mark ~ "$", "\\1\\2\\3\\4") -%}
        {%- do changes.append(["currency", bare]) -%}
    {%- endif -%}
    {%- if "percent" in rules -%} {%- do changes.append(["percent", replaced(changes[-1][1], " ?%$", percent)]) -%} {%- endif -%}
    {%- for unit, factor in rules.get("units", {}).items() -%}
        {%- do changes.append(["unit", replaced(changes[-1][1], "^([^*]*[0-9]) ?" ~ escaped([unit])[0] ~ "$", "\\1" ~ times(factor))]) -%}
    {%- endfor -%}
    {%- for rule, after in changes -%}
        {%- do steps.append({"rule": rule, "before": now.text, "after": after}) -%}
        {%- set now.text = after -%}
    {%- endfor -%}
    {{ return(steps) }}
{%- endmacro %}

{% macro before_point(marks) -%}
    {#- What may stand before .50: the point of kr.500 ends the word, and is none of the number. -#}
    {%- set found = [] -%}
    {%- for mark in marks -%} {%- do found.append(escaped([mark])[0] ~ (" +" if modules.re.search("\\w$", mark) else " *")) -%} {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro times(factor) -%}
    {#- How a factor stands behind a number: exact where it is a power of ten. -#}
    {%- set found = namespace(text="*" ~ factor) -%}
    {%- for power in range(-15, 16) if factor == 10**power -%} {%- set found.text = power_of_ten(power) -%} {%- endfor -%}
    {{ return("" if factor == 1 else found.text) }}
{%- endmacro %}

{% macro power_of_ten(power) -%}
    {#- Of four digits, which no file writes: what stands before it may be in groups of thousands, unlike 1,234e3. -#}
    {{ return("e" ~ "%05d" % power if power < 0 else "e" ~ "%04d" % power) }}
{%- endmacro %}

{% macro escaped(words) -%}
    {%- set found = [] -%}
    {%- for word in words -%} {%- do found.append(modules.re.escape(word) | replace("'", "''")) -%} {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro bare_number(text, rules) -%}
    case when {{ matches(text, "[+-]?[0-9][0-9.,]*") }} then {{ text }} else {{ number_steps(text, rules)[-1].after }} end
{%- endmacro %}
