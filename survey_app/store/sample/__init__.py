"""Who is asked: lists, draws, cases, their links and reminders."""
