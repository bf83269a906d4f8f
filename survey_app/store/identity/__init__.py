"""Who may sign in, and what is kept of it."""
