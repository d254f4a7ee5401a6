{% macro row_hash(values) -%} {{ return(adapter.dispatch("row_hash", "tidemill")(values)) }} {%- endmacro %}

{% macro duckdb__row_hash(values) -%}
    {#- Spark: xxhash64. 64 bits, never NULL, NULL apart from every value; only compared within one statement, because
        it may change between versions. -#}
    hash({{ values | join(", ") }})
{%- endmacro %}

{% macro second_hash(value) -%} {{ return(adapter.dispatch("second_hash", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__second_hash(value) -%}
    {#- What tells apart values of one type whose hashes anybody may find equal; NULL where there are none such. DuckDB
        hashes alike a month, a day and a microsecond, [] and [0, NULL], and numbers of 128 bits whose halves are the same
        or change places. Spark: null. -#}
    case
        when regexp_matches(typeof({{ value }}), {{ sql_literal(types_hashed_alike()) }})
        then coalesce({{ upper_half(value) }}, {{ row_hash([sort_key(value)]) }})
    end
{%- endmacro %}

{% macro may_hash_alike(type) -%} {{ return(modules.re.search(types_hashed_alike(), type) is not none) }} {%- endmacro %}

{% macro types_hashed_alike() -%} {{ return("INTERVAL|HUGEINT|UUID|DECIMAL[(](19|[23][0-9])|STRUCT|MAP|UNION|[]]") }} {%- endmacro %}

{% macro upper_half(value) -%}
    {#- Only the sign stands there in a number whose digits fit the lower half, and asking for it costs much less than a
        sort key. NULL for all others; those of more than six decimals are too rare to spend planning on. -#}
    cast(
        case
            {% for scale in range(7) -%}
                {%- set number, limit = "try_cast(" ~ value ~ " as decimal(38, " ~ scale ~ "))", 10 ** (18 - scale) -%}
                when typeof({{ value }}) like 'DECIMAL(%,{{ scale }})' {%- if scale == 0 %} or typeof({{ value }}) = 'HUGEINT' {%- endif %}
                then case when {{ number }} between -{{ limit }} and {{ limit }} then {{ number }} < 0 end
            {% endfor -%}
        end as ubigint
    )
{%- endmacro %}

{% macro sort_key(value) -%} {{ return(adapter.dispatch("sort_key", "tidemill")(value)) }} {%- endmacro %}

{% macro duckdb__sort_key(value) -%}
    {#- Bytes in the order of the values: each value has its own. Spark: to_json(struct(…)). -#}
    create_sort_key({{ value }}, 'asc nulls last')
{%- endmacro %}
