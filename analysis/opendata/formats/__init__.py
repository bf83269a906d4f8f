"""Files of open data that other programs open, written some rows at a time."""
