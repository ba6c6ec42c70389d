"""The explorer: an optional page with filters over the parquet files of a release, served to this machine alone."""
