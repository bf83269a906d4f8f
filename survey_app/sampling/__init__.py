"""From a population list to a drawn sample: designs, allocation, selection, weights. Pure."""
