{{
    config(
        schema="records",
        materialized="incremental",
        incremental_strategy="append",
        on_schema_change="append_new_columns",
        full_refresh=false,
    )
}}

-- One row per run and declared comparison.
{{ comparisons(declared_comparisons()) }}
