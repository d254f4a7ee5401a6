{{
    config(
        schema="records",
        materialized="incremental",
        incremental_strategy="append",
        on_schema_change="append_new_columns",
    )
}}

-- One row per run, comparison and column that differs.
{{ comparison_columns(declared_comparisons()) }}
