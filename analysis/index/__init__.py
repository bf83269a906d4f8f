"""The tree of criteria, merging with self-assessment, grading."""
