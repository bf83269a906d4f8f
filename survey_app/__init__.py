"""The house: asking, keeping, releasing, publishing."""
