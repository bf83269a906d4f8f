"""What is asked. Pure: no web, no database, no clock."""
