"""What keeps respondents from being found out."""
