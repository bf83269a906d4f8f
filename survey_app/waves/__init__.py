"""The rules of a wave: its plan, what comes next, what stands in the way. No web, no store."""
