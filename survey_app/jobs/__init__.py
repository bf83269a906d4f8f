"""Work that takes long: taken from a table by workers, told of as it goes on, and done once."""
