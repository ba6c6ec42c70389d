"""Report: pages made from a release alone."""
