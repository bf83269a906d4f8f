"""Keys of epochs, and the mixing of sealed ballots."""
