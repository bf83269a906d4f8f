"""What is done about the quality of a closed wave."""
