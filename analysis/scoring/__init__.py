"""From group means to criteria, fields and a score; covariances of units."""
