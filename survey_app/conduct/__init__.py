"""What is done to a wave, from its making to what is published, between pages and store."""
