"""Base weights, response classes, post-stratification, raking, trimming."""
