"""Two years compared: what changed, how surely, and what cannot be compared."""
