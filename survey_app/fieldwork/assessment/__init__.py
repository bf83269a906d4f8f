"""Self-assessment and appraisal, in workbooks."""
