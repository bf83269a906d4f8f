"""What was answered, and nothing of who did."""
