"""qdeep: personnel extracts, surveys and event logs become numbers that a ministry may rely on."""

__version__ = "0.1.0"
