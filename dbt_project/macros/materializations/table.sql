{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
    {#- dbt's own, but for models that say how their table follows batch by batch: it is brought up to date by what is
        new, unless it was built otherwise. The rows are the same either way. -#}
    {%- if model["language"] == "python" -%}
        {#- Written out, because dbt runs Python only where a materialization calls `statement` itself. -#}
        {%- set target, existing = this.incorporate(type="table"), load_cached_relation(this) -%}
        {%- set next, last = make_intermediate_relation(target), make_backup_relation(target, "table") -%}
        {%- do drop_relation_if_exists(load_cached_relation(next)) -%}
        {%- do drop_relation_if_exists(load_cached_relation(last)) -%}
        {{- run_hooks(pre_hooks, inside_transaction=False) }}
        {{- run_hooks(pre_hooks, inside_transaction=True) }}
        {%- call statement("main", language="python") -%}
            {{- create_table_as(False, next, compiled_code, "python") }}
        {%- endcall -%}
        {%- if existing is not none -%} {%- do adapter.rename_relation(existing, last) -%} {%- endif -%}
        {%- do adapter.rename_relation(next, target) -%}
        {{- run_hooks(post_hooks, inside_transaction=True) }}
        {%- do persist_docs(target, model) -%}
        {%- set mark = read_mark(last) if existing is not none else none -%}
        {%- set next_mark = mark_after_linking(this, mark, compiled_code, invocation_id) -%}
        {%- if next_mark is not none -%}
            {%- for each in note_linking(this, mark, next_mark) -%} {%- do run_query(each) -%} {%- endfor -%}
            {%- do run_query(set_table_mark(target, text_of_mark(next_mark))) -%}
        {%- endif -%}
        {%- do adapter.commit() -%}
        {%- do drop_relation_if_exists(last) -%}
        {%- do run_query(forget_linking(this)) -%}
        {{- run_hooks(post_hooks, inside_transaction=False) }}
        {{ return({"relations": [target]}) }}
    {%- endif -%}
    {%- set plan = batch_plan(compiled_code) -%}
    {#- A hook may change any row, and would change those that stand once more with each batch. -#}
    {%- if pre_hooks or post_hooks or not may_follow(plan, this) -%}
        {{ return(dbt.materialization_table_duckdb()) }}
    {%- endif -%}
    {%- set mark, wanted = read_mark(this), wanted_mark(plan, compiled_code) -%}
    {%- if wanted is none -%} {{ return(dbt.materialization_table_duckdb()) }} {%- endif -%}
    {%- if follows(mark, wanted) and not should_full_refresh() -%}
        {{ return(append_batch(mark, wanted)) }}
    {%- endif -%}
    {%- set built = dbt.materialization_table_duckdb() -%}
    {%- do run_query(set_table_mark(this, text_of_mark(wanted))) -%}
    {%- do adapter.commit() -%}
    {{ return(built) }}
{% endmaterialization %}

{% macro append_batch(mark, wanted) -%}
    {%- set target, plan, since, until = this.incorporate(type="table"), wanted["plan"], mark["load_id"], wanted["load_id"] -%}
    {%- set has_batch = until > since and is_touched(target, plan, since, until) -%}
    {%- set names = [] -%}
    {%- for column in adapter.get_columns_in_relation(target) -%} {%- do names.append(adapter.quote(column.name)) -%} {%- endfor -%}
    {%- if has_batch -%}
        {%- for each in batch_statements(target, names | join(", "), compiled_code, plan, since, until) -%}
            {%- call statement("batch") -%} {{ each }} {%- endcall -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do persist_docs(target, model) -%}
    {%- call statement("main") -%} {{ set_table_mark(target, text_of_mark(mark_after_batch(mark, wanted, has_batch))) }} {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{%- endmacro %}
