{{
    config(
        schema="records",
        materialized="incremental",
        incremental_strategy="append",
        on_schema_change="append_new_columns",
        full_refresh=false,
    )
}}

-- One row per run, comparison and column that differs.
{{ comparison_columns(declared_comparisons()) }}
