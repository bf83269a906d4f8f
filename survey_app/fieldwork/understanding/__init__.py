"""Lists as offices have them: which column is which, whom a name means, what differs."""
