"""YAML, tamed: from bytes to a tree of nodes that know their place, and from nodes to values."""
