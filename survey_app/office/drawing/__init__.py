"""Drawing a sample in the browser: the list, the plan, the draw, who takes whose place."""
