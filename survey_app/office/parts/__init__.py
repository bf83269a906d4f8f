"""The page of the office that shows the parts of its pages, each in each state."""
