"""The log that can only be added to, and its search."""
