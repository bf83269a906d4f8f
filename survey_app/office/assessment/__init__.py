"""The pages of self-assessment and appraisal: a unit's, its appraisers', and those of all units."""
