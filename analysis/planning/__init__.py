"""Sample size, allocation, and where the next forms are worth most."""
