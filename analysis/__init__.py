"""Numbers: from a folder of survey answers to scores that say how sure they are."""
