"""The pages of a scorecard: chart first, then fields, units, criteria, years and choices."""
