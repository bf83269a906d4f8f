"""What tells other people and programs what the columns of open data are."""
