"""Pairwise tests, rank intervals, chances and bands."""
