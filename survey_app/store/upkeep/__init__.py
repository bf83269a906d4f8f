"""Copies of a whole store, what they hold, and putting them back."""
