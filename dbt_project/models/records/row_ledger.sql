{{ config(schema="records", materialized="table") }}

-- One row per loaded row of every source: its one fate, and the row it lost to.
{{ row_ledger(accounted_sources()) }}
