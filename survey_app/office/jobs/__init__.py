"""The office's side of work that takes long: asking for it, watching it, fetching what it made."""
