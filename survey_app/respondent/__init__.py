"""The phone's door."""
