"""The analyst's door."""
