"""Pages of waves: the list, the task list of one, and every action on it."""
