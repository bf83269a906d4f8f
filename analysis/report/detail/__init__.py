"""What pages show of a scorecard: a file for each unit and each criterion."""
