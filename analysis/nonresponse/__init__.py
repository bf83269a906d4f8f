"""Response rates, bounds and representativity."""
