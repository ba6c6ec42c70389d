"""Contracts: what stands under expectations/, loaded, checked and linked."""
