"""Figures: one module a topic; each takes a view of the marts and returns a picture with question and finding."""
