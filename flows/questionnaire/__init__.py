"""Questionnaires: a codebook becomes the form that people fill in, on a screen or on paper."""
