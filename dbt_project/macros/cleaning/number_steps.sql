{% macro number_steps(text, rules) -%}
    {#- What stands around the digits is taken off, or becomes a sign or a factor: -5, 5e-2, 5*0.45. -#}
    {%- set steps = [{"rule": "negative", "before": text, "after": signed(text, rules.get("negative", []))}] -%}
    {%- set marks = rules.get("currency", ["$", "€", "£", "¥", "EUR", "USD", "GBP", "CHF", "JPY"]) -%}
    {%- if marks -%} {%- do add_step(steps, "currency", without_currency(steps[-1].after, marks)) -%} {%- endif -%}
    {%- if "percent" in rules -%}
        {%- set factor = power_of_ten(-2) if rules["percent"] == "fraction" else "" -%}
        {%- do add_step(steps, "percent", replaced(steps[-1].after, " ?%$", factor)) -%}
    {%- endif -%}
    {%- for unit, factor in rules.get("units", {}).items() -%}
        {%- set number = "^([^*]*[0-9]) ?" ~ escaped([unit])[0] ~ "$" -%}
        {%- do add_step(steps, "unit", replaced(steps[-1].after, number, "\\1" ~ times(factor))) -%}
    {%- endfor -%}
    {{ return(steps) }}
{%- endmacro %}

{% macro add_step(steps, rule, after) -%}
    {%- do steps.append({"rule": rule, "before": steps[-1].after, "after": after}) -%}
{%- endmacro %}

{% macro signed(text, ways) -%}
    {%- set number = replaced(text, "^−", "-") -%}
    {%- set number = replaced(number, "^\\((.*)\\)$", "-\\1") if "brackets" in ways else number -%}
    {{ return(replaced(number, "^([^-].*)-$", "-\\1") if "trailing" in ways else number) }}
{%- endmacro %}

{% macro without_currency(text, marks) -%}
    {%- set mark = "(?:" ~ escaped(marks) | join("|") ~ ")" -%}
    {%- set before = mark ~ " *([+-]?\\d)|(?:" ~ before_point(marks) | join("|") ~ ")([+-]?[.,])" -%}
    {{ return(replaced(text, "^([+-]?)(?:" ~ before ~ ")|^([+-]) +| *" ~ mark ~ "$", "\\1\\2\\3\\4")) }}
{%- endmacro %}

{% macro before_point(marks) -%}
    {#- What may stand before .50: the point of kr.500 ends the word, and is none of the number. -#}
    {%- set found = [] -%}
    {%- for mark in marks -%}
        {%- set blanks = " +" if modules.re.search("\\w$", mark) else " *" -%}
        {%- do found.append(escaped([mark])[0] ~ blanks) -%}
    {%- endfor -%}
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
