"""Intake: one delivery in, one committed delivery out."""
