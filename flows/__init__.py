"""Tidemill's Python: one module per verb of the loop, Prefect flows and tasks around plain functions."""
