"""Commands about who is asked."""
