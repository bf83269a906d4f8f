"""The log of what the office did, in words: searched, paged, taken away as a file."""
