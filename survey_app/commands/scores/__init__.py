"""Commands from points to what is published."""
