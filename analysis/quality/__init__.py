"""Screening, interviewers, order of options, reliability."""
