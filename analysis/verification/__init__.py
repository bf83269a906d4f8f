"""Whether results follow from a release: everything is computed again and compared."""
