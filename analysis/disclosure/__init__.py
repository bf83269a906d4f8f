"""Which cells must be suppressed."""
