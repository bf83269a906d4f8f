"""A scorecard as people read it: its numbers with the words of the index, and what is withheld."""
