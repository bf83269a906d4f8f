"""Who is in, and what they may see and do."""
