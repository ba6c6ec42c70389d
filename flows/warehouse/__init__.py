"""Warehouse: a fresh DuckDB file from the lake, built by dbt, then swapped in."""
