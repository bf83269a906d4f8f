"""Charts: each takes a table and words, returns a matplotlib Figure, and computes nothing."""
