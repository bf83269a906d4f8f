"""Jackknife and bootstrap variances."""
