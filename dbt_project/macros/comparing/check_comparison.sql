{% macro check_comparison(key, columns, tolerance, fold, changed) -%}
    {#- A column named in a rule but not compared would be a rule that silently does nothing. -#}
    {%- set keys = [key] if key is string else key -%}
    {%- if columns is string -%}
        {%- do refuse("compare: columns is the text '" ~ columns ~ "'; name them in a list, as ['" ~ columns ~ "']") -%}
    {%- endif -%}
    {%- if not (keys or columns) -%}
        {%- do refuse("compare: neither a key nor columns are given; name at least one column") -%}
    {%- endif -%}
    {%- if changed and not keys -%}
        {%- do refuse("compare: the changed keys are given, but no key; name the columns that identify a row") -%}
    {%- endif -%}
    {%- for names in (keys, columns) -%}
        {%- for name in names -%}
            {%- if name | lower in names[: loop.index0] | map("lower") | list -%}
                {%- do refuse("compare: the column '" ~ name ~ "' is named twice; write it once") -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set own_names = names_of_compare(keys + columns) -%}
    {%- for name in keys + columns if name | lower in own_names -%}
        {%- do refuse(
            "compare: the column '" ~ name
            ~ "' has a name that compare gives to a column of its own; rename it first, or leave it out of the columns"
        ) -%}
    {%- endfor -%}
    {%- for name in tolerance if name not in columns or not keys -%}
        {%- do refuse(
            "compare: tolerance of '" ~ name ~ "', which is not a compared column beside a key (has: "
            ~ columns | join(", ") ~ ")"
        ) -%}
    {%- endfor -%}
    {%- for name, allowed in tolerance.items() -%} {%- do check_tolerance(name, allowed) -%} {%- endfor -%}
    {%- for name, foldings in fold.items() -%}
        {%- if name not in columns and name not in keys -%}
            {%- do refuse(
                "compare: fold of '" ~ name ~ "', which is neither a key nor compared (has: "
                ~ (keys + columns) | join(", ") ~ ")"
            ) -%}
        {%- endif -%}
        {%- for folding in foldings if folding not in ("case", "space") -%}
            {%- do refuse("compare: fold of '" ~ name ~ "': '" ~ folding ~ "' is neither case nor space") -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{% macro check_tolerance(name, allowed) -%}
    {%- set rules = allowed if allowed is mapping else {"absolute": allowed} -%}
    {%- if not rules -%}
        {%- do refuse("compare: tolerance of '" ~ name ~ "' says nothing; give a number, absolute or relative") -%}
    {%- endif -%}
    {%- for kind, limit in rules.items() -%}
        {%- if kind not in ("absolute", "relative") -%}
            {%- do refuse("compare: tolerance of '" ~ name ~ "': '" ~ kind ~ "' is neither absolute nor relative") -%}
        {%- elif limit is not number or not 0 <= limit <= 1e300 -%}
            {%- do refuse("compare: tolerance of '" ~ name ~ "': '" ~ limit ~ "' is no number from 0 up") -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro check_shares_of_times(types, tolerance) -%}
    {#- As far as the types are known: a share of a point in time would silently be nothing. -#}
    {%- for name, allowed in tolerance.items() if allowed is mapping and allowed.get("relative") -%}
        {%- set type = type_of_column(types["left"], name) or "" -%}
        {%- if modules.re.fullmatch("date|time|timestamp.*", type | lower) -%}
            {%- set unit = "days" if type | lower == "date" else "seconds" -%}
            {%- do refuse(
                "compare: tolerance of '" ~ name ~ "': a share of a " ~ type ~ " says nothing; write " ~ unit ~ ", as absolute"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro names_of_compare(columns) -%}
    {%- set names = [
        "_merge", "is_changed", "changed_columns", "_differences", "_changed_columns", "_pair", "_pairs", "_own", "_hash", "_is_left",
        "_rows_left", "_rows_right", "_nth", "_left_twins", "_right_twins", "_is_twin", "_number", "_key_twins", "_is_single"
    ] -%}
    {%- for name in columns -%}
        {%- for end in ("left", "right", "kind", "difference") -%} {%- do names.append(name | lower ~ "__" ~ end) -%} {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
