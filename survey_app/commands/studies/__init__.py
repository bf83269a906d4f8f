"""Commands for authors of questionnaires."""
