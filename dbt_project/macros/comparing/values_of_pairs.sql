{% macro pairs_hash(pairs) -%}
    {#- One hash of the first values of these pairs: equal for two rows whose values `same_value` takes as equal. A value
        beside one of its own type is hashed as it is, any other one as text. Types are constants, so only one of both is
        ever computed; a hash for each value would take three times as long. -#}
    {%- set values, others = [], [] -%}
    {%- for pair in pairs -%}
        {%- set same_type = "typeof(" ~ pair.one ~ ") = typeof(" ~ pair.other ~ ")" -%}
        {%- if pair.foldings -%} {%- do values.append(folded(pair.one, pair.foldings)) -%}
        {%- elif pair.type -%}
            {%- do values.append(pair.one) -%}
            {%- if may_hash_alike(pair.type) -%} {%- do others.append(second_hash(pair.one)) -%} {%- endif -%}
        {%- else -%}
            {%- set text = row_hash([exact_text(pair.one, pair.other)]) -%}
            {%- do values.append("case when " ~ same_type ~ " then " ~ pair.one ~ " end") -%}
            {%- do others.append("case when " ~ same_type ~ " then " ~ second_hash(pair.one) ~ " else " ~ text ~ " end") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if others -%} {%- do values.append(row_hash(others)) -%} {%- endif -%}
    {{ row_hash(values) if values else 0 }}
{%- endmacro %}

{% macro same_value(one, other, foldings, same_type=none) -%}
    {%- if foldings -%} {{ folded(one, foldings) }} is not distinct from {{ folded(other, foldings) }}
    {%- elif same_type -%} {{ one }} is not distinct from {{ other }}
    {%- else -%}
        case
            when typeof({{ one }}) = typeof({{ other }})
            then {{ one }} is not distinct from {{ other }}
            else {{ exact_text(one, other) }} is not distinct from {{ exact_text(other, one) }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro number_of_pair(one, other, same_type) -%}
    {#- The text of a value from which its difference to the other one is taken. -#}
    {%- if same_type -%} {{ return("cast(" ~ one ~ " as varchar)") }} {%- endif -%}
    case
        when typeof({{ one }}) = typeof({{ other }})
        then cast({{ one }} as varchar)
        else {{ number_text(one) }}
    end
{%- endmacro %}
