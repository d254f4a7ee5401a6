"""Compares two tables: where they come from, how their columns are set beside each other, and what was found."""
