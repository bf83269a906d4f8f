"""Writes tables, explains, draws; computes nothing."""
