"""What is done with points that the survey does not give, and with their evidence."""
