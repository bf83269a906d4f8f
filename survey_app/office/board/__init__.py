"""The fieldwork board: one screen of a wave, and the cases behind each of its numbers."""
