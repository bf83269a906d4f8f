"""What is kept. The only SQL."""
