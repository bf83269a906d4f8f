"""Scores under other choices."""
