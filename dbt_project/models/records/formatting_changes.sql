{{
    config(
        schema="records",
        materialized="incremental",
        incremental_strategy="append",
        on_schema_change="append_new_columns",
    )
}}

-- One row per run, model, column and rule that changed how values are written.
{{ formatting_changes(accounted_sources()) }}
