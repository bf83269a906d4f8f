"""The page of reports: texts that the analyst writes, and files to take away."""
