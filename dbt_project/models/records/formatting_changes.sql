{{ config(schema="records", materialized="table") }}

-- One row per run that loaded values, and model, column and rule that changed how they are written.
{{ formatting_changes(accounted_sources()) }}
