"""What is held about people: on request, until when, and the record of processing."""
