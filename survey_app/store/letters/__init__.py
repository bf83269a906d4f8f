"""Letters, and who is to be reminded: what was sent to whom, by case."""
