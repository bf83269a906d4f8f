"""Counts of a wave that are kept, so that no page counts a hundred thousand cases."""
