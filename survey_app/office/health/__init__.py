"""How this installation is doing, for whoever looks after it."""
