"""Letters, links, reminders and what became of each case, in the browser."""
