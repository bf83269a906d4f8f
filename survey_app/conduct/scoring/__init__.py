"""From a release to a scorecard, and from there to everyone."""
