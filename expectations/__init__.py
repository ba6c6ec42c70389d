"""Contracts as data, and the suite that Great Expectations judges by."""
