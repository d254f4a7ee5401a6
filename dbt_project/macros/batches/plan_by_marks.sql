{% macro plan_by_marks(plan, marks) -%}
    {#- The plan with what the marks of the tables it reads say; none where one of them does not follow as it has to. A table
        that Python writes has a mark without a plan. -#}
    {%- set reads, of = [], plan.get("of", []) | list -%}
    {%- for name in of if marks[name].get("plan", {}).get("replaces") != "rows" -%} {{ return(none) }} {%- endfor -%}
    {%- for read in plan["reads"] -%}
        {%- set replaces = marks[read["relation"]].get("plan", {}).get("replaces", "files") -%}
        {%- if read["takes"] == "places" -%} {%- do reads.append(read_by_places(read, marks)) -%}
        {%- elif replaces == "files" -%} {%- do reads.append(read) -%}
        {%- elif replaces == "rows" and (read["takes"] == "groups" or plan.get("by_row")) -%}
            {%- do of.append(read["relation"]) -%}
            {%- do reads.append(dict(read, takes="places" if read["takes"] == "files" else "groups", follows="rows")) -%}
        {%- else -%} {{ return(none) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(dict(plan, reads=reads, of=of, replaces="rows" if of else plan["replaces"])) }}
{%- endmacro %}

{% macro read_by_places(read, marks) -%}
    {%- set finder = marks.get(read.get("found_by"), {}) -%}
    {%- if finds_groups(finder.get("plan")) and read["relation"] in (read["found_by"], finder["plan"]["reads"][0]["relation"]) -%}
        {{ return(dict(read, found_since=finder.get("batch_since"))) }}
    {%- endif -%}
    {{ return(read) }}
{%- endmacro %}
