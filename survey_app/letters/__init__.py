"""What goes out to those who are asked: letters, messages and the tables for mail merges. Pure."""
