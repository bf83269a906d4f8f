"""Checking a closed wave: free texts, screening, call-backs, forms that are left out."""
