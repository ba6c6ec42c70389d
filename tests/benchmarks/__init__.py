"""Benchmarks: `make bench` measures intake and build against a plain DuckDB floor in the same run."""
