"""Commands about waves."""
