"""From the texts of a study to the model, or every fault at its place."""
