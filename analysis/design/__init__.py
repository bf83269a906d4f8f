"""Strata, PSUs, finite population corrections and replicate weights."""
