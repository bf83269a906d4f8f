"""The analysts' pages and the public results."""
