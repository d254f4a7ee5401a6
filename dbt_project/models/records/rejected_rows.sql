{{ config(schema="records", materialized="table") }}

-- One row per record ingest could not take and per value cleaning could not type.
{{ rejected_rows(accounted_sources()) }}
