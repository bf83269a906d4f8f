"""The form that respondents fill in, on a phone above all."""
