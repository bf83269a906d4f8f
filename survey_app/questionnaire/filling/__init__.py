"""A respondent's way through a questionnaire."""
