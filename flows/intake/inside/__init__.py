"""What runs in the limited reading process alone: one module for each family of formats, each `read(job) -> tables`."""
