"""What pages of several rooms are put together from."""
